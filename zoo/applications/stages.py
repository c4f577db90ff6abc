"""Stem and stages of the convolutional networks: where the steps go and where the width changes."""

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import keras

from zoo import _check
from zoo.layers import StochasticDepth, linear_rates
from zoo.layers.fields import branch


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
    field: Callable[..., keras.Sequential]
    projection: Callable[..., keras.Layer]
    preactivated: bool


@dataclasses.dataclass(frozen=True)
class Step:
    """A step to take: its name, its field, and the rate at which stochastic depth drops the field."""

    name: str
    bare: keras.Sequential
    rate: float

    @property
    def field(self) -> keras.Sequential:
        """The field with stochastic depth."""
        return with_stochastic_depth(self.bare, self.rate)


@dataclasses.dataclass(frozen=True)
class Stage:
    """The steps of equal width: perhaps one that enters it, then those that keep the width.

    Attributes:
        number: 1 for the first.
        width, strides: Channels, and the stride of the step that enters.
        layout: Of the network.
        entrance: The step that changes the width, or ``None`` where the state has it already.
        steps: The others.
    """

    number: int
    width: int
    strides: int
    layout: Layout
    entrance: Step | None
    steps: list[Step]

    def enter(self, u: Any) -> tuple[Any, Any]:
        """``p(u)`` and ``p(u) + f(u)`` with a projection p, where the width changes; else ``None`` and u.

        p(u) is the previous state of the step after it (Lu et al., reference code).
        """
        if self.entrance is None:
            return None, u
        name = self.entrance.name
        projected = self.layout.projection(self.width, self.strides, name=f"{name}_shortcut")(u)
        return projected, self.rectified(keras.layers.Add(name=name)([projected, self.entrance.field(u)]), name)

    def rectified(self, u: Any, name: str) -> Any:
        """The state after a step: with a ReLU, if normalisation comes after the convolutions."""
        return u if self.layout.preactivated else keras.layers.ReLU(name=f"{name}_relu")(u)


def stages(layout: Layout, drop_path: float = 0.0) -> Iterator[Stage]:
    """The stages of a layout, with steps named ``stage<s>_block<b>``.

    ``drop_path`` is the drop rate of the last block, reached linearly from the first.
    """
    rates = iter(linear_rates(len(layout.widths) * layout.blocks, drop_path))
    before = layout.stem
    for number, width in enumerate(layout.widths, start=1):
        strides = 2 if number > 1 else 1
        changes = strides > 1 or before != width
        steps = []
        for block in range(1, layout.blocks + 1):
            name = f"stage{number}_block{block}"
            enters = changes and block == 1
            steps.append(Step(name, layout.field(width, strides if enters else 1, name=f"{name}_f"), next(rates)))
        entrance = steps.pop(0) if changes else None
        yield Stage(number, width, strides, layout, entrance, steps)
        before = width


def blocks_in(depth: int, per_block: int, kind: str, most: int | None = None) -> int:
    """n of a network of ``per_block`` · n + 2 layers, which ``kind`` describes in the message of the ``ValueError``
    for a depth of another form; it names the nearest that have it, the upper one at ``most``."""
    blocks, left = divmod(_check.integer(depth, "depth") - 2, per_block)
    if blocks < 1 or left:
        lower = max(blocks, 1) * per_block + 2
        upper = min(lower + per_block, most or lower + per_block)
        raise ValueError(
            f"depth must be {per_block}n + 2 ({kind}). Received: depth={depth}. The nearest are {lower} and {upper}."
        )
    return blocks


def stem(image: Any, filters: int, activated: bool = False) -> Any:
    """The first convolution of a normalised image, with BN and ReLU if the state is to be activated."""
    (convolution,) = branch.convolution(filters, 3, name="stem")
    u = convolution(image)
    return keras.layers.ReLU(name="stem_relu")(branch.norm(name="stem_norm")(u)) if activated else u


def rectified(u: Any) -> Any:
    """BN and ReLU after the last step of a network that has none in its state."""
    return keras.layers.ReLU(name="head_relu")(branch.norm(name="head_norm")(u))


def with_stochastic_depth(f: keras.Sequential, rate: float) -> keras.Sequential:
    """The branch with stochastic depth as its last layer."""
    return keras.Sequential([*f.layers, StochasticDepth(rate, name="drop_path")], name=f.name) if rate else f
