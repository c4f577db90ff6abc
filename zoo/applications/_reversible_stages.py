"""The stages of the reversible networks: a unit that changes the shape, then those of a reversible run."""

from typing import Any

import keras

from zoo.applications.stages import with_stochastic_depth
from zoo.layers import CouplingTransition
from zoo.layers.fields import branch


def units_of(
    u: Any, stage: int, half: int, rates: list[float], bottleneck: bool
) -> tuple[Any, list[tuple[keras.layers.Layer, keras.layers.Layer]]]:
    """The state at the width of the stage, ``half`` channels in each half, and the reversible units there."""
    strides = 2 if stage > 1 else 1
    run = []
    for unit, rate in enumerate(rates, start=1):
        name = f"stage{stage}_block{unit}"
        changes = unit == 1 and (strides > 1 or u.shape[-1] != 2 * half)
        pair = _fields(half, strides if changes else 1, bottleneck, rate, name, bare=name == "stage1_block1")
        if changes:
            u = CouplingTransition(*pair, *_projections(half, strides, bottleneck, name), name=name)(u)
        else:
            run.append(pair)
    return u, run


def _fields(filters, strides, bottleneck, rate, name, bare):
    """f and g of a unit; a bare f lacks its first BN and ReLU, since its input has them."""
    kind = branch.bottleneck_branch if bottleneck else branch.basic_branch
    f, g = kind(filters, strides, name=f"{name}_f"), kind(filters, name=f"{name}_g")
    if bare:
        f = keras.Sequential(f.layers[2:], name=f.name)
    return with_stochastic_depth(f, rate), with_stochastic_depth(g, rate)


def _projections(filters, strides, bottleneck, name):
    """The shortcuts of the two halves where the width changes: convolutions, or one layer without weights twice."""
    if not bottleneck:
        return 2 * [branch.pooled_shortcut(filters, strides, name=f"{name}_shortcut")]
    return [branch.convolution(filters, 1, strides, name=f"{name}_shortcut{half}")[0] for half in (1, 2)]
