"""Every application in every format: it is exported, which compares it with the Keras model, or refused by name.

The suite writes some that differ most; ``make soak`` (``ZOO_WHOLE=1``) a narrow member of each family, the four that
are alike others among them, and every named variant.
"""

import os

import numpy as np
import pytest
from descriptors import APPLICATIONS

import zoo
from zoo import applications
from zoo.serving.exporting.exports import FORMATS

WHOLE = bool(os.environ.get("ZOO_WHOLE"))
FAMILIES = {row.function.__name__: row for row in APPLICATIONS}
SOME = [
    ("IRevNet", "onnx"),  # two halves at the head, and space to depth
    ("HamiltonianNet", "openvino"),  # transposed convolutions, of kernels that are turned
    ("FractalNetImageNet", "onnx"),  # means of columns, one of the families that are alike others
    ("ODENetCIFAR", "litert"),
    ("ResNetMNIST", "onnx"),  # a first convolution with a bias, without zeros around it
]
ADAPTIVE = ("odenet", "odenet_mnist", "odenet_cifar", "augmented_odenet_cifar")
"""The variants that only a SavedModel takes as they are."""


def stirred(model):
    """The model with statistics and branches that do something, and answers that are not saturated."""
    random = np.random.default_rng(0)
    for variable in model.trainable_variables:
        if len(variable.shape) < 2:
            variable.assign(random.normal(0, 0.1, variable.shape) + (0.3 if variable.name == "gamma" else 0))
    return model


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of the converters
@pytest.mark.parametrize(("name", "to"), [(name, to) for name in FAMILIES for to in FORMATS] if WHOLE else SOME)
def test_a_family_is_exported(name, to, tmp_path):
    assert zoo.export(stirred(FAMILIES[name].member(classes=4)), tmp_path, to).exists()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("to", FORMATS)
@pytest.mark.parametrize("name", [name for row in APPLICATIONS for name in row.parameters] if WHOLE else [])
def test_a_variant_is_exported_or_refused(name, to, tmp_path):
    model = stirred(applications.build(name, weights=None))
    if to != "saved_model" and name in ADAPTIVE:
        with pytest.raises(ValueError, match=f"{name} has steps that adapt .*give dial="):
            zoo.export(model, tmp_path / "a", to)
        assert not (tmp_path / "a").exists()
    else:
        assert zoo.export(model, tmp_path, to).exists()
