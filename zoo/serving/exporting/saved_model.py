"""TensorFlow's SavedModel, for TensorFlow Serving and whatever else loads one."""

import pathlib
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

from zoo.serving.exporting import beside, compare, measuring, warmup
from zoo.serving.exporting.classifier import Classifier
from zoo.serving.exporting.dials import Dialled
from zoo.serving.exporting.labelled import Labelled
from zoo.serving.exporting.signatures import signatures

XLA = "_XlaMustCompile"
"""The attribute of a function that a server with XLA off refuses; Keras gives it to grouped convolutions."""


def check(served: Classifier) -> None:
    """Nothing that comes so far is refused."""


def write(
    served: Classifier, folder: pathlib.Path, dial: dict[str, Dialled], data: Labelled | None, **_: Any
) -> dict[str, str]:
    """Write the SavedModel, run each of its signatures once, compare it with the Keras model, and add the warm-up.

    Args:
        served: The classifier.
        folder: To be made.
        dial: Its places of the dial.
        data: Pictures with classes to measure on, or ``None``.

    Returns:
        The text files that stand beside the version, by name.

    Raises:
        RuntimeError: An answer differs from the Keras model's.
        ValueError: The Keras model's answers are not finite.
        OSError: It cannot be written.
    """
    functions = signatures(served, dial)
    loaded = save({name: function.get_concrete_function() for name, function in functions.items()}, folder)
    images = compare.photos(served)
    for name, expected in _expected(served, dial, compare.fitted(served, images)).items():
        of = dial[name].served if name in dial else served
        inputs = {key: tf.constant(value) for key, value in inputs_of(name, served, images).items()}
        allowed = compare.ALLOWED_ADAPTIVE if of.adapts else compare.ALLOWED
        compare.check(f"SavedModel, signature {name}", loaded[name](**inputs), expected, allowed)
    warmup.write(folder, {name: inputs_of(name, served, images[:1]) for name in loaded})
    return beside.texts(
        served, measuring.measured({name: loaded[name] for name in ("serving_default", *dial)}, images[:1], data)
    )


def save(functions: Mapping[str, Any], folder: pathlib.Path) -> Mapping[str, Any]:
    """Write concrete functions as the signatures of a SavedModel; returns them as they are loaded.

    Raises ``OSError`` if it cannot be written.
    """
    store(functions, folder)
    return tf.saved_model.load(str(folder)).signatures


def store(functions: Mapping[str, Any], folder: pathlib.Path) -> None:
    """Write concrete functions as the signatures of a SavedModel, without gradients.

    Raises ``OSError`` if it cannot be written.
    """
    module = tf.Module()
    # The variables are kept alive by the module; a Keras model tracked as well would store each twice.
    read = [variable for function in functions.values() for variable in function.variables]
    module.weights = list({id(variable): variable for variable in read}.values())
    options = tf.saved_model.SaveOptions(experimental_custom_gradients=False)
    tf.saved_model.save(module, str(folder), signatures=dict(functions), options=options)
    _without_xla(folder / "saved_model.pb")


def inputs_of(signature: str, served: Classifier, images: np.ndarray) -> dict[str, np.ndarray]:
    """What a signature takes of uint8 RGB pictures, by name."""
    if signature == "pixels":
        return {"pixels": images}
    if signature == "tensor":
        return {"tensor": compare.fitted(served, images)}
    return {"image_bytes": measuring.encoded(images)}


def _expected(served, dial, tensor):
    """What the Keras model says for each signature."""
    answer = {"probabilities": compare.probabilities(served, tensor)}
    features = keras.ops.cast(served.features(tensor, training=False), "float32")
    return {
        **dict.fromkeys(("serving_default", "pixels", "tensor"), answer),
        "features": {"features": keras.ops.convert_to_numpy(features)},
        "logits": {"logits": keras.ops.convert_to_numpy(served.logits(features))},
        **{name: {"probabilities": compare.probabilities(each.served, tensor)} for name, each in dial.items()},
    }


def _without_xla(path):
    """Let no function demand XLA: what it computes is the same without."""
    data = path.read_bytes()
    if XLA.encode() not in data:
        return
    saved = saved_model_pb2.SavedModel.FromString(data)
    for graph in (each.graph_def for each in saved.meta_graphs):
        for function in graph.library.function:
            for holder in (function, *function.node_def):
                holder.attr.pop(XLA, None)
        for node in graph.node:
            node.attr.pop(XLA, None)
    path.write_bytes(saved.SerializeToString())
