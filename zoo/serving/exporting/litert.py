"""LiteRT (TensorFlow Lite), for phones and small boards."""

import pathlib
import tempfile
from typing import Any

import tensorflow as tf

from zoo.serving.exporting import frozen
from zoo.serving.exporting.classifier import Classifier
from zoo.serving.exporting.folded import Weights
from zoo.serving.exporting.labelled import Labelled
from zoo.serving.exporting.precision import Precision
from zoo.serving.exporting.saved_model import store

FILES = ("model.tflite",)
"""What is written."""
USAGE = """from ai_edge_litert.interpreter import Interpreter

run = Interpreter("model.tflite").get_signature_runner()
probabilities = run(tensor=pictures)["probabilities"]"""


def check(served: Classifier) -> None:
    """Raise ``ImportError`` without LiteRT's interpreter, ``ValueError`` for adaptive steps."""
    frozen.require(("ai_edge_litert",), "litert")
    frozen.refuse_adaptive(served, "LiteRT")


def write(
    served: Classifier, folder: pathlib.Path, precision: Precision, data: Labelled | None = None, **_: Any
) -> dict[str, str]:
    """Write ``model.tflite``, of LiteRT's own operations, run it once there and compare it with the Keras model.

    Args:
        served: The classifier.
        folder: To be made.
        precision: Of the weights and, if it is int8, of what is computed; inputs and outputs are float32.
        data: Pictures with classes that top-1 of int8 and float16 is measured on, or ``None``.

    Returns:
        The text files that stand beside it, by name.

    Raises:
        RuntimeError: Its answer differs from the Keras model's.
        ValueError: LiteRT lacks an operation, or the Keras model's answer is not finite.
        OSError: It cannot be written.
    """
    from ai_edge_litert.interpreter import Interpreter

    folder.mkdir()
    # By a SavedModel, whose weights are in a file of their own: the converter copies what is in a graph many times.
    function = frozen.network(served, Weights())
    try:
        with tempfile.TemporaryDirectory() as saved:
            store({"serving_default": function.get_concrete_function()}, pathlib.Path(saved))
            whole = _converter(tf.lite.TFLiteConverter.from_saved_model(saved), precision).convert()
    except Exception as error:  # the converter has errors of its own
        raise ValueError(f"LiteRT does not take {served.model.name}: {str(error).strip().splitlines()[0]}") from error
    path = folder / FILES[0]
    path.write_bytes(whole)
    runner = Interpreter(str(path)).get_signature_runner()

    def run(x):
        return runner(tensor=x)["probabilities"].copy()

    difference, more = frozen.verified(served, run, "LiteRT", precision, data)
    return frozen.texts(served, FILES[0], USAGE, difference, more)


def _converter(converter, precision):
    """The converter, told of the precision."""
    if precision.name == "float32":
        return converter
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if precision.name == "float16":
        converter.target_spec.supported_types = [tf.float16]
    else:
        converter.representative_dataset = lambda: ([batch] for batch in precision.batches())
    return converter
