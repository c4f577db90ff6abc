"""ONNX, for ONNX Runtime and whatever else reads it."""

import pathlib
from typing import Any

from zoo.serving.exporting import frozen, lifting
from zoo.serving.exporting.classifier import Classifier
from zoo.serving.exporting.labelled import Labelled
from zoo.serving.exporting.precision import Precision

FILES = ("model.onnx",)
"""What is written."""
OPSET = 17
"""Of 2022: older runtimes read it."""
LARGE = 1024
"""Numbers of a weight of two axes or more that tf2onnx does not get."""
USAGE = """import onnxruntime

session = onnxruntime.InferenceSession("model.onnx")
probabilities = session.run(["probabilities"], {"tensor": pictures})[0]"""


def check(served: Classifier) -> None:
    """Raise ``ImportError`` without tf2onnx and ONNX Runtime, ``ValueError`` for adaptive steps."""
    frozen.require(("tf2onnx", "onnxruntime"), "export")
    frozen.refuse_adaptive(served, "ONNX Runtime")


def write(
    served: Classifier, folder: pathlib.Path, precision: Precision, data: Labelled | None = None, **_: Any
) -> dict[str, str]:
    """Write ``model.onnx``, run it once in ONNX Runtime and compare it with the Keras model.

    Args:
        served: The classifier.
        folder: To be made.
        precision: Of what it computes.
        data: Pictures with classes that top-1 of int8 is measured on, or ``None``.

    Returns:
        The text files that stand beside it, by name.

    Raises:
        RuntimeError: Its answer differs from the Keras model's.
        ValueError: The Keras model's answer is not finite.
        OSError: It cannot be written.
    """
    import onnx
    import onnxruntime

    folder.mkdir()
    model = _converted(frozen.frozen(served))
    _rename(onnx, model.graph)
    path = folder / FILES[0]
    path.write_bytes(model.SerializeToString())
    if precision.pictures is not None:
        _quantize(path, precision)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])

    def run(x):
        return session.run(["probabilities"], {"tensor": x})[0]

    difference, more = frozen.verified(served, run, "ONNX Runtime", precision, data)
    return frozen.texts(served, FILES[0], USAGE, difference, more)


def _converted(one):
    """The frozen graph as an ONNX model, by tf2onnx, which gets it without its large weights.

    It copies the graph before each of its optimizations, so that it can go on without one that fails, and the copies
    pile up: of a ResNet-50 v2 fifteen times its weights.
    """
    import onnx
    import tf2onnx

    weights = lifting.lift(one.definition, LARGE, axes=2)
    inputs = [one.input, *(f"{name}:0" for name in weights)]
    names = {"input_names": inputs, "output_names": [one.output]}
    model = tf2onnx.convert.from_graph_def(one.definition, opset=OPSET, **names)[0]
    lifting.lower(onnx, model.graph, weights, OPSET)
    return model


def _quantize(path, precision):
    """Put the file in int8, 7 bits of the weights: on a processor without VNNI sums of products of 8 overflow."""
    from onnxruntime import quantization

    class Reader(quantization.CalibrationDataReader):
        def __init__(self):
            self.left = iter(precision.batches())

        def get_next(self):
            batch = next(self.left, None)
            return None if batch is None else {"tensor": batch}

    ranges = {"per_channel": True, "reduce_range": True, "activation_type": quantization.QuantType.QUInt8}
    quantization.quantize_static(str(path), str(path), Reader(), **ranges)


def _rename(onnx, graph):
    """Give the graph's one input and output the names that a user writes."""
    (first,), (last,) = graph.input, graph.output
    nodes = [onnx.helper.make_node("Identity", ["tensor"], [first.name]), *graph.node]
    nodes.append(onnx.helper.make_node("Identity", [last.name], ["probabilities"]))
    del graph.node[:]
    graph.node.extend(nodes)
    first.name, last.name = "tensor", "probabilities"
