"""ONNX, for ONNX Runtime and whatever else reads it."""

import pathlib
from typing import Any

from zoo.serving.exporting import frozen
from zoo.serving.exporting.classifier import Classifier

FILES = ("model.onnx",)
"""What is written."""
OPSET = 17
"""Of 2022: older runtimes read it."""
USAGE = """import onnxruntime

session = onnxruntime.InferenceSession("model.onnx")
probabilities = session.run(["probabilities"], {"tensor": pictures})[0]"""


def check(served: Classifier) -> None:
    """Raise ``ImportError`` without tf2onnx and ONNX Runtime, ``ValueError`` for adaptive steps."""
    frozen.require(("tf2onnx", "onnxruntime"), "export")
    frozen.refuse_adaptive(served, "ONNX Runtime")


def write(served: Classifier, folder: pathlib.Path, **_: Any) -> dict[str, str]:
    """Write ``model.onnx``, run it once in ONNX Runtime and compare it with the Keras model.

    Args:
        served: The classifier.
        folder: To be made.

    Returns:
        The text files that stand beside it, by name.

    Raises:
        RuntimeError: Its answer differs from the Keras model's.
        ValueError: The Keras model's answer is not finite.
        OSError: It cannot be written.
    """
    import onnx
    import onnxruntime
    import tf2onnx

    folder.mkdir()
    one = frozen.frozen(served)
    names = {"input_names": [one.input], "output_names": [one.output]}
    model, _tensors = tf2onnx.convert.from_graph_def(one.definition, opset=OPSET, **names)
    _rename(onnx, model.graph)
    path = folder / FILES[0]
    path.write_bytes(model.SerializeToString())
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    difference = frozen.compared(served, lambda x: session.run(["probabilities"], {"tensor": x})[0], "ONNX Runtime")
    return frozen.texts(served, FILES[0], USAGE, difference)


def _rename(onnx, graph):
    """Give the graph's one input and output the names that a user writes."""
    (first,), (last,) = graph.input, graph.output
    nodes = [onnx.helper.make_node("Identity", ["tensor"], [first.name]), *graph.node]
    nodes.append(onnx.helper.make_node("Identity", [last.name], ["probabilities"]))
    del graph.node[:]
    graph.node.extend(nodes)
    first.name, last.name = "tensor", "probabilities"
