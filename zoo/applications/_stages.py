"""Stem and stages of the convolutional networks: where the steps go and where the width changes."""

import dataclasses
from collections.abc import Callable

import keras

from zoo.layers import ForwardEuler, LinearMultistep, StochasticDepth, branch, linear_rates


@dataclasses.dataclass(frozen=True)
class Layout:
    """Dimensions of a network of equal stages. The stride is 1 in the first stage, 2 at each later one.

    Attributes:
        stem: Channels after the first convolution.
        widths: Channels of the state in each stage.
        blocks: Steps in each stage.
        field: ``field(filters, strides, name=…)`` gives the residual branch f, a ``keras.Sequential``.
        projection: ``projection(filters, strides, name=…)`` gives the shortcut where the width changes.
        preactivated: Whether normalisation comes before the convolutions (then the stem is bare and
            the network ends in BN-ReLU) or after them (then a ReLU follows every step).
    """

    stem: int
    widths: tuple[int, ...]
    blocks: int
    field: Callable
    projection: Callable
    preactivated: bool


def euler_step(f, u, previous, name):
    """One forward Euler step; the previous state plays no part."""
    return ForwardEuler(f, name=name)(u)


def multistep(**options):
    """A linear two-step step, started by forward Euler where no previous state exists."""

    def step(f, u, previous, name):
        if previous is None:
            return euler_step(f, u, previous, name)
        return LinearMultistep(f, name=name, **options)([u, previous])

    return step


def residual_stages(image, layout: Layout, step, drop_path=0.0):
    """The features of a normalised image: stem, then ``layout.blocks`` steps in each stage.

    Layers are named ``stage<s>_block<b>``. Where the width changes, the block is p(u) + f(u) with a
    projection p, and p(u) is the previous state of the step after it (Lu et al., reference code).
    ``drop_path`` is the drop rate of the last block, reached linearly from the first.
    """
    (stem,) = branch.convolution(layout.stem, 3, name="stem")
    u = stem(image)
    if not layout.preactivated:
        u = keras.layers.ReLU(name="stem_relu")(branch.norm(name="stem_norm")(u))
    rates = iter(linear_rates(len(layout.widths) * layout.blocks, drop_path))
    for stage, width in enumerate(layout.widths, start=1):
        previous = None
        for block in range(1, layout.blocks + 1):
            name = f"stage{stage}_block{block}"
            strides = 2 if stage > 1 and block == 1 else 1
            f = _with_stochastic_depth(layout.field(width, strides, name=f"{name}_f"), next(rates))
            if strides > 1 or u.shape[-1] != width:
                previous = layout.projection(width, strides, name=f"{name}_shortcut")(u)
                u = keras.layers.Add(name=name)([previous, f(u)])
            else:
                previous, u = u, step(f, u, previous, name)
            if not layout.preactivated:
                u = keras.layers.ReLU(name=f"{name}_relu")(u)
    if layout.preactivated:
        u = keras.layers.ReLU(name="head_relu")(branch.norm(name="head_norm")(u))
    return u


def _with_stochastic_depth(f, rate):
    """The branch with stochastic depth as its last layer, where a weight file of the plain branch keeps its names."""
    if rate:
        f.add(StochasticDepth(rate))
    return f
