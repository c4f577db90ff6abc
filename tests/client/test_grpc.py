"""The client over gRPC against a server of the generated service."""

import concurrent.futures
import threading

import numpy as np
import pytest

from zoo.client import GrpcPredictor, ServerError

grpc = pytest.importorskip("grpc")
service = pytest.importorskip("tensorflow_serving.apis.prediction_service_pb2_grpc")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def address():
    """A server that calls every picture a cat, with its size in bytes as ``nfe``; the model ``"none"`` it has not."""
    import tensorflow as tf
    from tensorflow_serving.apis import predict_pb2

    class Service(service.PredictionServiceServicer):
        def Predict(self, request, context):
            if request.model_spec.name != "pets":
                context.abort(grpc.StatusCode.NOT_FOUND, f"no model {request.model_spec.name}")
            data = tf.make_ndarray(request.inputs["image_bytes"])
            outputs = {
                "classes": np.array([[b"cat", b"dog"]] * len(data), object),
                "scores": np.tile(np.float32([0.75, 0.25]), (len(data), 1)),
                "class_ids": np.tile([1, 0], (len(data), 1)),
                "probabilities": np.tile(np.float32([0.25, 0.75]), (len(data), 1)),
                "nfe": np.array([len(each) for each in data]),
            }
            answer = predict_pb2.PredictResponse()
            for name, value in outputs.items():
                answer.outputs[name].CopyFrom(tf.make_tensor_proto(value))
            return answer

    server = grpc.server(concurrent.futures.ThreadPoolExecutor(2))
    service.add_PredictionServiceServicer_to_server(Service(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    stopped: threading.Event = server.stop(0)
    stopped.wait()


def test_answers_come_in_order_in_batches(address):
    images = [np.zeros((size, 8, 3), "uint8") for size in (4, 40, 400)]
    answers = GrpcPredictor(address, "pets", batch_size=2).predict(images)
    assert [answer.labels for answer in answers] == 3 * [("cat", "dog")]
    sizes = [answer.more["nfe"] for answer in answers]
    assert sizes == sorted(sizes)
    assert sizes[0] > 8


def test_what_the_server_refuses_is_said(address):
    with pytest.raises(ServerError, match="none at .*: no model none") as raised:
        GrpcPredictor(address, "none", version=3).predict(np.zeros((1, 8, 8, 3), "uint8"))
    assert raised.value.status == "NOT_FOUND"
