"""The fields of the convolutional ODE-Nets and of the ResNet beside them, and their normalization."""

import keras

from zoo.layers.fields.time_convolution import TimeConv2D, like_torch
from zoo.layers.fields.time_sequential import TimeSequential
from zoo.layers.normalization.group_normalization import GroupNormalization

GROUPS = 32
"""Most groups of a group normalization."""


def time_branch(filters: int, zero: bool = False, name: str | None = None) -> TimeSequential:
    """GN, ReLU, 3×3, GN, ReLU, 3×3, GN on ``filters`` channels; the convolutions see t and have biases.

    It has no state that changes in training, as the solver of an ``ODE`` layer needs it. The last normalization bounds
    f, and with it how stiff the equation may become.

    Source: ``ODEfunc`` of the authors' example of Chen et al. (2018, arXiv:1806.07366), odenet_mnist.py; ``zero``, the
    last layer at zero so that the flow starts as the identity: Goyal et al. (2017, arXiv:1706.02677), §5.1.

    Args:
        filters: Channels of u.
        zero: Whether the scale of the last normalization starts at 0 instead of 1.
        name: Of the layer.
    """
    layers = [
        *(group_norm(filters, activation="relu", name="norm1"), TimeConv2D(filters, name="conv1")),
        *(group_norm(filters, activation="relu", name="norm2"), TimeConv2D(filters, name="conv2")),
        group_norm(filters, gamma="zeros" if zero else "ones", name="norm3"),
    ]
    return TimeSequential(layers, name=name)


def group_branch(filters: int, name: str | None = None) -> keras.Sequential:
    """GN, ReLU, 3×3, GN, ReLU, 3×3 on ``filters`` channels, without t and biases.

    Source: ``ResBlock`` of the same example.
    """
    pairs = ((group_norm(filters, activation="relu", name=f"norm{n}"), _convolution(filters, n)) for n in (1, 2))
    return keras.Sequential([layer for pair in pairs for layer in pair], name=name)


def group_norm(
    channels: int, activation: str | None = None, gamma: str = "ones", name: str | None = None
) -> GroupNormalization:
    """Group normalization and the activation, with ε = 1e-5 and min(32, channels) groups, or the most below that divide
    the channels.

    Source: Wu and He (2018, arXiv:1803.08494).
    """
    groups = next(groups for groups in range(min(GROUPS, channels), 0, -1) if channels % groups == 0)
    return GroupNormalization(groups, activation, epsilon=1e-5, gamma_initializer=gamma, name=name)


def _convolution(filters, number):
    initializer = like_torch()
    options = {"padding": "same", "use_bias": False, "data_format": "channels_last"}
    return keras.layers.Conv2D(filters, 3, kernel_initializer=initializer, name=f"conv{number}", **options)
