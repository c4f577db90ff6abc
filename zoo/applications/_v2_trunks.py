"""The trunks of ResNet V2: bottlenecks in Keras's layout, basic blocks in timm's."""

import functools
from collections.abc import Callable
from typing import Any

import keras

from zoo.applications._imagenet_stages import stages, stem, subsampled
from zoo.applications.stages import rectified
from zoo.layers import ForwardEuler
from zoo.layers.fields import branch


def bottleneck_trunk(
    blocks: tuple[int, ...], widths: tuple[int, ...], drop_path: float, step: Callable[..., Any], image: Any
) -> Any:
    """The features of a normalised image; ``step(step, u, previous)`` takes one that keeps the shape."""
    u = stem(image, widths[0] // 4, bias=True, activated=False)
    field = functools.partial(branch.bottleneck_branch, bias=True)
    for stage in stages(blocks, widths, _opened, field, drop_path, late=True):
        previous, u = _entered(stage.entrance, stage.width, u)
        for each in stage.steps:
            previous, u = u, step(each, u, previous)
        if stage.exit is not None:
            shortcut = subsampled(f"{stage.exit.name}_shortcut")
            u = ForwardEuler(stage.exit.field, shortcut=shortcut, name=stage.exit.name)(u)
    return rectified(u)


def basic_trunk(
    blocks: tuple[int, ...], widths: tuple[int, ...], drop_path: float, step: Callable[..., Any], image: Any
) -> Any:
    """As ``bottleneck_trunk``, of basic blocks in timm's layout: the first stage has no step that enters."""
    narrow = tuple(width // 4 for width in widths)
    u, previous = stem(image, narrow[0], bias=False, activated=False, zeros=False), None
    field = branch.basic_branch
    for number, stage in enumerate(stages(blocks, narrow, functools.partial(_entering, narrow[0]), field, drop_path)):
        steps = stage.steps
        if number == 0:
            steps = [stage.entrance, *steps]
        else:
            previous, u = _entered(stage.entrance, stage.width, u, stage.strides, bias=False)
        for each in steps:
            previous, u = u, step(each, u, previous)
    return rectified(u)


def _entering(first: int, filters: int, strides: int, name: str) -> keras.Sequential:
    """f of the first step of a stage: whole in the first stage, else without the BN and ReLU that it shares."""
    f = branch.basic_branch(filters, strides, name=name)
    return f if filters == first else keras.Sequential(f.layers[2:], name=name)


def euler(step: Any, u: Any, previous: Any) -> Any:
    """u + f(u), whatever the previous state was."""
    return ForwardEuler(step.field, name=step.name)(u)


def _opened(filters: int, strides: int, name: str) -> keras.Sequential:
    """f without its first BN and ReLU, which it shares with the projection beside it."""
    return keras.Sequential(branch.bottleneck_branch(filters, strides, bias=True, name=name).layers[2:], name=name)


def _entered(entrance: Any, width: int, u: Any, strides: int = 1, bias: bool = True) -> tuple[Any, Any]:
    """The projected state, and it plus f: both of p = ReLU(BN(u))."""
    name = entrance.name
    p = keras.layers.ReLU(name=f"{name}_relu")(branch.norm(name=f"{name}_norm")(u))
    (projection,) = branch.convolution(width, 1, strides, bias=bias, name=f"{name}_shortcut")
    projected = projection(p)
    return projected, keras.layers.Add(name=name)([projected, entrance.field(p)])
