"""Stem and stages of the residual networks for pictures of ImageNet: 7×7 and pooling, then four stages."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import keras

from zoo import _check
from zoo.applications.stages import Step
from zoo.layers import PaddedMaxPooling2D, linear_rates
from zoo.layers.fields import branch

BOTTLENECKS = {26: (2, 2, 2, 2), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}
"""Bottlenecks in each stage, by depth (He et al., 2016, arXiv:1512.03385, table 1; 26 as in timm)."""


@dataclasses.dataclass(frozen=True)
class Stage:
    """The steps of one width: the one that enters it, those that keep the shape, and perhaps one that halves the sides.

    Attributes:
        width: Channels.
        strides: Of the step that enters.
        entrance: The step that changes the width.
        steps: Those that keep the shape.
        exit: The step with stride 2, where the sides are halved at the end of a stage; else ``None``.
    """

    width: int
    strides: int
    entrance: Step
    steps: list[Step]
    exit: Step | None


BASIC = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3)}
"""Basic blocks in each stage, by depth (ibid.)."""


def widths_of(width: int) -> tuple[int, ...]:
    """Channels of the state in the stages of bottlenecks, whose narrow convolutions have ``width`` in the first."""
    return tuple(4 * _check.integer(width, "width") * 2**stage for stage in range(4))


def blocks_of(depth: int, known: Mapping[int, tuple[int, ...]]) -> tuple[int, ...]:
    """The blocks in each stage; raises ``ValueError`` for a depth that is not published."""
    if isinstance(depth, bool) or depth not in known:
        raise ValueError(f"depth must be one of {', '.join(map(str, sorted(known)))}. Received: depth={depth!r}.")
    return known[depth]


def stages(
    blocks: tuple[int, ...],
    widths: tuple[int, ...],
    entering: Callable[..., keras.Sequential],
    field: Callable[..., keras.Sequential],
    drop_path: float = 0.0,
    late: bool = False,
) -> Iterator[Stage]:
    """The stages, with steps named ``stage<s>_block<b>``.

    Args:
        blocks: Steps in each stage.
        widths: Channels of each stage.
        entering: ``entering(filters, strides, name=…)`` gives the field of the step that changes the width.
        field: ``field(filters, strides, name=…)`` gives the field of the others.
        drop_path: Drop rate of the last step, reached linearly from the first. Defaults to ``0.0``.
        late: Whether the last step of a stage halves the sides, as in Keras's ResNet V2, instead of the first of the
            next. Defaults to ``False``.
    """
    rates = iter(linear_rates(sum(blocks), _check.rate(drop_path, "drop_path")))
    for number, (width, count) in enumerate(zip(widths, blocks, strict=True), start=1):
        enters = 2 if number > 1 and not late else 1
        leaves = late and number < len(blocks)
        steps = []
        for block in range(1, count + 1):
            name, kind = f"stage{number}_block{block}", entering if block == 1 else field
            strides = enters if block == 1 else 2 if leaves and block == count else 1
            steps.append(Step(name, kind(width, strides, name=f"{name}_f"), next(rates)))
        end = steps.pop() if leaves else None
        yield Stage(width, enters, steps[0], steps[1:], end)


def stem(image: Any, filters: int, bias: bool, activated: bool, zeros: bool = True) -> Any:
    """7×7 with stride 2, with BN and ReLU if the state is to be activated, and a 3×3 max-pooling of stride 2.

    The pooling is padded with zeros, as in Keras's networks, or with nothing, as in PyTorch's; after a ReLU that is the
    same.
    """
    padding, convolution = branch.convolution(filters, 7, 2, bias=bias, name="stem")
    u = convolution(padding(image))
    if activated:
        u = keras.layers.ReLU(name="stem_relu")(branch.norm(name="stem_norm")(u))
    if not zeros:
        return PaddedMaxPooling2D(3, 2, name="stem_pool")(u)
    u = keras.layers.ZeroPadding2D(1, data_format="channels_last", name="stem_pool_padding")(u)
    return keras.layers.MaxPooling2D(3, 2, data_format="channels_last", name="stem_pool")(u)


def subsampled(name: str) -> keras.layers.Layer:
    """The shortcut of a step that halves the sides: every second pixel."""
    return keras.layers.MaxPooling2D(1, 2, data_format="channels_last", name=name)
