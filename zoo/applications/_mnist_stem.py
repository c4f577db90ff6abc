"""The stems of Chen et al.'s networks for MNIST: from 28×28 to maps of 6×6 or 7×7."""

import keras

from zoo import _check
from zoo.applications._ode_stages import convolution, norm_relu

DOWNSAMPLINGS = ("conv", "res")


def mnist_stem(image, downsampling, filters):
    """3×3 without padding, then twice to half the size, by GN, ReLU and 4×4, or by residual blocks of stride 2.

    Raises ``ValueError`` unless ``downsampling`` is ``"conv"`` or ``"res"``.
    """
    _check.known(downsampling, DOWNSAMPLINGS, "downsampling")
    u = convolution(image, filters, 3, bias=True, name="stem")
    for number in (1, 2):
        name = f"stem_down{number}"
        if downsampling == "conv":
            u = convolution(norm_relu(u, name), filters, 4, 2, padding=1, bias=True, name=name)
        else:
            u = _residual(u, filters, name)
    return u


def _residual(u, filters, name):
    """p(v) + f(v) of v = ReLU(GN(u)), with a projection p; no step of a method, since the size changes."""
    u = norm_relu(u, name)
    shortcut = convolution(u, filters, 1, 2, name=f"{name}_shortcut")
    u = convolution(u, filters, 3, 2, padding=1, name=f"{name}_f1")
    u = convolution(norm_relu(u, f"{name}_f2"), filters, 3, padding=1, name=f"{name}_f2")
    return keras.layers.Add(name=name)([shortcut, u])
