"""Stem and stages of the convolutional networks: where the steps go and where the width changes."""

import dataclasses
from collections.abc import Callable

import keras

from zoo import _check
from zoo.layers import ForwardEuler, LinearMultistep, StochasticDepth, linear_rates
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
    field: Callable
    projection: Callable
    preactivated: bool


def blocks_in(depth, per_block, kind, most=None):
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


def stepped(step_size) -> dict:
    """What a step size other than 1 adds to the architecture; raises ``ValueError`` unless it is a finite number."""
    return {} if _check.finite(step_size, "step_size") == 1 else {"step_size": float(step_size)}


@dataclasses.dataclass(frozen=True)
class Step:
    """A step to take: its name, its field, and the rate at which stochastic depth drops the field."""

    name: str
    bare: keras.Sequential
    rate: float

    @property
    def field(self):
        """The field with stochastic depth."""
        return with_stochastic_depth(self.bare, self.rate)


def euler_step(f, u, previous, name, step_size=1.0):
    """One forward Euler step; the previous state plays no part."""
    return ForwardEuler(f, step_size, name=name)(u)


def multistep(**options):
    """A linear two-step step, started by forward Euler where no previous state exists."""

    def step(f, u, previous, name):
        if previous is None:
            return euler_step(f, u, previous, name)
        return LinearMultistep(f, name=name, **options)([u, previous])

    return step


def one_by_one(step, activated=False):
    """A run in which every field makes a layer of its own, ``step(f, u, previous, name)``; a ReLU may follow it."""

    def run(steps, u, previous, stage):
        for each in steps:
            previous, u = u, step(each.field, u, previous, each.name)
            if activated:
                u = keras.layers.ReLU(name=f"{each.name}_relu")(u)
        return u

    return run


def at_once(layer):
    """A run in which the fields of a stage make one layer, ``layer(fields, name=…)``, called ``stage<s>_run``."""

    def run(steps, u, previous, stage):
        return layer([each.field for each in steps], name=f"stage{stage}_run")(u) if steps else u

    return run


def stem(image, filters, activated):
    """The first convolution of a normalised image, with BN and ReLU if the state is to be activated."""
    (convolution,) = branch.convolution(filters, 3, name="stem")
    u = convolution(image)
    return keras.layers.ReLU(name="stem_relu")(branch.norm(name="stem_norm")(u)) if activated else u


def head(u):
    """BN and ReLU after the last step of a network that has none in its state."""
    return keras.layers.ReLU(name="head_relu")(branch.norm(name="head_norm")(u))


def residual_stages(image, layout: Layout, run, drop_path=0.0):
    """The features of a normalised image: stem, then ``layout.blocks`` steps in each stage.

    ``run(steps, u, previous, stage)`` takes a list of ``Step``, named ``stage<s>_block<b>``. Where the width changes,
    the block is p(u) + f(u) with a projection p, and p(u) is the previous state of the step after it (Lu et al.,
    reference code). ``drop_path`` is the drop rate of the last block, reached linearly from the first.
    """
    u = stem(image, layout.stem, activated=not layout.preactivated)
    rates = iter(linear_rates(len(layout.widths) * layout.blocks, drop_path))
    for stage, width in enumerate(layout.widths, start=1):
        previous, steps = None, []
        strides = 2 if stage > 1 else 1
        for block in range(1, layout.blocks + 1):
            name = f"stage{stage}_block{block}"
            changes = block == 1 and (strides > 1 or u.shape[-1] != width)
            step = Step(name, layout.field(width, strides if changes else 1, name=f"{name}_f"), next(rates))
            if changes:
                previous = layout.projection(width, strides, name=f"{name}_shortcut")(u)
                u = keras.layers.Add(name=name)([previous, step.field(u)])
                u = u if layout.preactivated else keras.layers.ReLU(name=f"{name}_relu")(u)
            else:
                steps.append(step)
        u = run(steps, u, previous, stage)
    return head(u) if layout.preactivated else u


def with_stochastic_depth(f, rate):
    """The branch with stochastic depth as its last layer, where a weight file of the plain branch keeps its names."""
    return keras.Sequential([*f.layers, StochasticDepth(rate, name="drop_path")], name=f.name) if rate else f
