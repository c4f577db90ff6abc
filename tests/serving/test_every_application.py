"""Every application in every format: it is exported, which compares it with the Keras model, or refused by name.

In the suite each family is made ready for each format, and some that differ most are written; ``make soak``
(``ZOO_WHOLE=1``) writes all, and their named variants.
"""

import os

import numpy as np
import pytest
from descriptors import APPLICATIONS

import zoo
from zoo.serving.exporting.exports import FORMATS

FAMILIES = {row.function.__name__: row for row in APPLICATIONS}
SOME = [
    ("IRevNet", "onnx"),  # two halves at the head, and space to depth
    ("HamiltonianNet", "litert"),  # transposed convolutions
    ("FractalNetImageNet", "openvino"),
    ("RevNetImageNet", "onnx"),
    ("ODENetCIFAR", "openvino"),
    ("ResNeXtV1", "litert"),  # grouped convolutions
]
WHOLE = bool(os.environ.get("ZOO_WHOLE"))
LOOPS = "loops in TensorFlow's graph"
REFUSED: dict[tuple[str, str], str] = {}
"""What is said of a member that a format does not take."""


def stirred(model):
    """The model with statistics and branches that do something, and answers that are not saturated."""
    random = np.random.default_rng(0)
    for variable in model.trainable_variables:
        if len(variable.shape) < 2:
            variable.assign(random.normal(0, 0.1, variable.shape) + (0.3 if variable.name == "gamma" else 0))
    return model


def tried(name, model, to, folder):
    """Export it, or see it refused as ``REFUSED`` says."""
    if (name, to) in REFUSED:
        with pytest.raises(ValueError, match=REFUSED[name, to]):
            zoo.export(model, folder, to)
        assert not folder.exists()
    else:
        assert zoo.export(model, folder, to).exists()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of the converters
@pytest.mark.parametrize("to", FORMATS) if WHOLE else pytest.mark.parametrize(("name", "to"), SOME)
@pytest.mark.parametrize("name", FAMILIES) if WHOLE else lambda test: test
def test_a_family_is_exported_or_refused(name, to, tmp_path):
    tried(name, stirred(FAMILIES[name].member(classes=4)), to, tmp_path / "a")
