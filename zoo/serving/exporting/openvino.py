"""OpenVINO's IR, for Intel's runtime."""

import pathlib
from typing import Any

import numpy as np

from zoo.serving.exporting import frozen
from zoo.serving.exporting.classifier import Classifier
from zoo.serving.exporting.labelled import Labelled
from zoo.serving.exporting.precision import Precision
from zoo.serving.exporting.rebuilding import schemes

FILES = ("model.bin", "model.xml")
"""What is written."""
PRECISE = {"INFERENCE_PRECISION_HINT": "f32"}
"""On some CPUs OpenVINO computes in bfloat16 unless it is told not to."""
USAGE = """import openvino

model = openvino.Core().compile_model("model.xml", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
probabilities = model({"tensor": pictures})["probabilities"]"""


def check(served: Classifier) -> None:
    """Raise ``ImportError`` without OpenVINO, ``ValueError`` for adaptive steps and for stages that are loops."""
    frozen.require(("openvino",), "openvino")
    frozen.refuse_adaptive(served, "OpenVINO")
    loops = [scheme.name for scheme in schemes(served.model) if scheme.looped]
    if loops:
        raise ValueError(
            f"{served.model.name} has stages that are loops in TensorFlow's graph ({', '.join(loops)}), which OpenVINO "
            "does not read. Expected RungeKutta layers: build the network with steps=, such as "
            "zoo.applications.ODENetMNIST(solver='midpoint', steps=2)."
        )


def write(
    served: Classifier, folder: pathlib.Path, precision: Precision, data: Labelled | None = None, **_: Any
) -> dict[str, str]:
    """Write ``model.xml`` and ``model.bin``, run them once in OpenVINO in float32 and compare with the Keras model.

    Args:
        served: The classifier.
        folder: To be made.
        precision: Of what it computes; int8 needs nncf.
        data: Pictures with classes that top-1 of int8 is measured on, or ``None``.

    Returns:
        The text files that stand beside it, by name; they say how far OpenVINO's default precision is off.

    Raises:
        RuntimeError: The answer differs from the Keras model's.
        ValueError: OpenVINO lacks an operation, or the Keras model's answer is not finite.
        OSError: It cannot be written.
    """
    import openvino

    folder.mkdir()
    try:
        model = openvino.convert_model(frozen.frozen(served).definition)
    except Exception as error:  # the converter has errors of its own
        raise ValueError(f"OpenVINO does not take {served.model.name}: {' '.join(str(error).split())[:300]}") from error
    model.inputs[0].get_tensor().set_names({"tensor"})
    model.outputs[0].get_tensor().set_names({"probabilities"})
    if precision.pictures is not None:
        frozen.require(("nncf",), "openvino")
        import nncf

        model = nncf.quantize(model, nncf.Dataset(precision.batches()), subset_size=len(precision.pictures))
    path = folder / "model.xml"
    openvino.save_model(model, path, compress_to_fp16=False)
    core = openvino.Core()
    precise = core.compile_model(path, "CPU", PRECISE)

    def run(x):
        return precise({"tensor": x})["probabilities"]

    difference, measured = frozen.verified(served, run, "OpenVINO", precision, data)
    quick = core.compile_model(path, "CPU")
    off = frozen.compared(served, lambda x: quick({"tensor": x})["probabilities"], "OpenVINO's default", np.inf)
    more = f" At OpenVINO's default precision it is {off:.1e} on the CPU that exported.{measured}"
    return frozen.texts(served, "model.xml", USAGE, difference, more)
