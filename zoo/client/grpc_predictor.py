"""A client over gRPC, which sends bytes as they are instead of a third longer in base64."""

import importlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from zoo.client.answer import Answer, ServerError, batches
from zoo.client.pictures import Picture, encoded


class GrpcPredictor:
    """Asks TensorFlow Serving over gRPC what is on pictures; ``zoo serve`` speaks REST alone.

    It needs the extra ``serve`` (tensorflow-serving-api, which brings TensorFlow).

    Args:
        address: Host and port: ``"127.0.0.1:8500"``.
        model: Its name there.
        version: A number; defaults to ``None``, the newest.
        timeout: Seconds to wait for an answer. Defaults to ``30``.
        batch_size: Pictures in one request. Defaults to ``32``.

    Raises ``ImportError`` that names the extra.
    """

    def __init__(
        self, address: str, model: str, version: int | None = None, timeout: float = 30.0, batch_size: int = 32
    ):
        try:
            self._grpc = importlib.import_module("grpc")
            self._predict = importlib.import_module("tensorflow_serving.apis.predict_pb2")
            service = importlib.import_module("tensorflow_serving.apis.prediction_service_pb2_grpc")
            self._tensors = importlib.import_module("tensorflow").make_ndarray
            self._proto = importlib.import_module("tensorflow").make_tensor_proto
        except ImportError as error:
            raise ImportError(f"GrpcPredictor needs the extra serve: pip install 'odezoo[serve]' ({error}).") from error
        self.name = f"{model} at {address}"
        self.model, self.version, self.timeout, self.batch_size = model, version, timeout, batch_size
        self._stub = service.PredictionServiceStub(self._grpc.insecure_channel(address))

    def predict(self, images: Sequence[Picture], signature: str = "serving_default") -> list[Answer]:
        """The answers for pictures, in their order; arguments and errors as ``Predictor.predict``."""
        return [Answer.of(outputs, self.name) for outputs in self.outputs(images, signature)]

    def outputs(self, images: Sequence[Picture], signature: str = "serving_default") -> list[dict[str, Any]]:
        """All outputs of a signature that takes pictures in bytes, by name, for each picture; raises as ``predict``."""
        found: list[dict[str, Any]] = []
        for batch in batches(encoded(images), self.batch_size):
            request = self._predict.PredictRequest()
            request.model_spec.name, request.model_spec.signature_name = self.model, signature
            if self.version is not None:
                request.model_spec.version.value = self.version
            request.inputs["image_bytes"].CopyFrom(self._proto(np.array(batch, object), shape=[len(batch)]))
            try:
                answer = self._stub.Predict(request, timeout=self.timeout)
            except self._grpc.RpcError as error:
                raise ServerError(f"{self.name}: {error.details()}", error.code().name) from error
            arrays = {name: self._tensors(tensor) for name, tensor in answer.outputs.items()}
            found.extend({name: array[number] for name, array in arrays.items()} for number in range(len(batch)))
        return found
