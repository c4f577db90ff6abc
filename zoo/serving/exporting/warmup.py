"""Requests that TensorFlow Serving runs when it loads a model, so that the first user does not wait for its graph."""

import functools
import pathlib

import numpy as np
import tensorflow as tf
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

PLACE = pathlib.PurePath("assets.extra", "tf_serving_warmup_requests")
"""Where a server looks, within the folder of a version."""
_KIND = descriptor_pb2.FieldDescriptorProto
_MESSAGES = {
    "Spec": [("signature_name", 3, _KIND.TYPE_STRING, "")],
    "Request": [("model_spec", 1, _KIND.TYPE_MESSAGE, "Spec"), ("inputs", 2, _KIND.TYPE_MESSAGE, "Input")],
    "Input": [("key", 1, _KIND.TYPE_STRING, ""), ("value", 2, _KIND.TYPE_BYTES, "")],
    "Predict": [("request", 1, _KIND.TYPE_MESSAGE, "Request")],
    "Log": [("predict_log", 6, _KIND.TYPE_MESSAGE, "Predict")],
}
"""The fields of ``tensorflow_serving.apis.PredictionLog`` that a request has, with their numbers there.

A map entry is a message with a key and a value, and a message within another is bytes: so TensorFlow's own TensorProto
stands as bytes in ``Input``, and the package tensorflow-serving-api, which needs gRPC, is not needed.
"""


def write(folder: pathlib.Path, requests: dict[str, dict[str, np.ndarray]]) -> None:
    """Write a warm-up request for each signature.

    Args:
        folder: Of the version, with ``saved_model.pb``.
        requests: The inputs by name for each signature's name.

    Raises ``OSError`` if it cannot be written.
    """
    path = folder / PLACE
    path.parent.mkdir(exist_ok=True)
    with tf.io.TFRecordWriter(str(path)) as file:
        for signature, inputs in requests.items():
            tensors = [
                {"key": name, "value": tf.make_tensor_proto(value).SerializeToString()}
                for name, value in inputs.items()
            ]
            request = {"model_spec": {"signature_name": signature}, "inputs": tensors}
            file.write(_log()(predict_log={"request": request}).SerializeToString())


@functools.cache
def _log():
    """The class of the record."""
    file = descriptor_pb2.FileDescriptorProto(name="zoo/warmup.proto", package="zoo", syntax="proto3")
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for field, number, kind, of in fields:
            label = _KIND.LABEL_REPEATED if of == "Input" else _KIND.LABEL_OPTIONAL
            whole = {"type_name": f".zoo.{of}"} if of else {}
            message.field.add(name=field, number=number, type=kind, label=label, **whole)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("zoo.Log"))
