"""ONNX, for ONNX Runtime and whatever else reads it."""

import contextlib
import os
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
    one = frozen.frozen(served)
    weights = lifting.lift(one.definition)
    model = _converted(one, list(weights))
    lifting.lower(onnx, model.graph, weights, OPSET)
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


def _converted(one, weights):
    """The frozen graph as an ONNX model, by tf2onnx; the weights of these names are inputs.

    It copies the graph with all weights before each of its optimizations, so that it can go on without one that fails,
    and the copies pile up: of a ResNet-50 v2 fifteen times its weights. So it is told not to, and again to if one does
    fail.
    """
    import tf2onnx

    def convert():
        inputs = [one.input, *(f"{name}:0" for name in weights)]
        names = {"input_names": inputs, "output_names": [one.output]}
        return tf2onnx.convert.from_graph_def(one.definition, opset=OPSET, **names)[0]

    with _environment(tf2onnx.constants.ENV_TF2ONNX_CATCH_ERRORS, "FALSE"):
        try:
            return convert()
        except Exception:  # of any optimization
            pass
    return convert()


@contextlib.contextmanager
def _environment(name, value):
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


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
