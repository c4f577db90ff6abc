"""LiteRT (TensorFlow Lite), for phones and small boards."""

import pathlib
from typing import Any

import tensorflow as tf

from zoo.serving.exporting import frozen
from zoo.serving.exporting.classifier import Classifier

FILES = ("model.tflite",)
"""What is written."""
USAGE = """from ai_edge_litert.interpreter import Interpreter

run = Interpreter("model.tflite").get_signature_runner()
probabilities = run(tensor=pictures)["probabilities"]"""


def check(served: Classifier) -> None:
    """Raise ``ImportError`` without LiteRT's interpreter, ``ValueError`` for adaptive steps."""
    frozen.require(("ai_edge_litert",), "litert")
    frozen.refuse_adaptive(served, "LiteRT")


def write(served: Classifier, folder: pathlib.Path, **_: Any) -> dict[str, str]:
    """Write ``model.tflite``, of LiteRT's own operations, run it once there and compare it with the Keras model.

    Args:
        served: The classifier.
        folder: To be made.

    Returns:
        The text files that stand beside it, by name.

    Raises:
        RuntimeError: Its answer differs from the Keras model's.
        ValueError: LiteRT lacks an operation, or the Keras model's answer is not finite.
        OSError: It cannot be written.
    """
    from ai_edge_litert.interpreter import Interpreter

    folder.mkdir()
    module = tf.Module()
    module.weights = [variable.value for variable in served.model.variables]
    module.function = frozen.frozen(served).function
    concrete = module.function.get_concrete_function()
    try:
        data = tf.lite.TFLiteConverter.from_concrete_functions([concrete], module).convert()
    except Exception as error:  # the converter has errors of its own
        raise ValueError(f"LiteRT does not take {served.model.name}: {str(error).strip().splitlines()[0]}") from error
    path = folder / FILES[0]
    path.write_bytes(data)
    run = Interpreter(str(path)).get_signature_runner()
    difference = frozen.compared(served, lambda x: run(tensor=x)["probabilities"], "LiteRT")
    return frozen.texts(served, FILES[0], USAGE, difference)
