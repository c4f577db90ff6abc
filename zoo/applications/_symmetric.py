"""Stages of the networks of symmetric layers, f(u) = Kᵀσ(K(u + b₁) + b₂), which change width by pooling and zeros."""

import keras

from zoo.applications.stages import Step, rectified, stem
from zoo.layers import Shift, SymmetricConv2D, linear_rates, pooled_shortcut

WIDTHS = (32, 64)
"""Channels of the state in the first two stages."""

LAST_WIDTHS = (112, 128)
"""Channels in the last stage of the shallow and of the deep network."""


def symmetric_field(shifted=True, name=None):
    """Kᵀ ReLU(K(u + b₁) + b₂) with 3×3 kernels; without b₁ for a state that ends in batch normalization.

    Source: the authors' code of Chang et al. (2018, arXiv:1709.03698).
    """
    return keras.Sequential([*([Shift(name="shift")] if shifted else []), SymmetricConv2D(name="symmetric")], name=name)


def symmetric_stages(image, blocks, last_width, fields, groups, run, drop_path=0.0):
    """The features of a normalised image: stem, then n + 1, n and n − 1 steps at the three widths, n = ``blocks``.

    In the authors' code every stage has n units and changes the width after its first; to count them by widths says
    the same. ``run(steps, u, stage)`` takes lists of steps, each of which holds a list of ``fields`` fields. The change
    of width pools and pads each of ``groups`` parts of the state by itself.
    """
    u = stem(image, WIDTHS[0], activated=True)
    rates = iter(linear_rates(3 * blocks, drop_path))
    for stage, width in enumerate((*WIDTHS, last_width), start=1):
        if stage > 1:
            u = pooled_shortcut(width, groups=groups, name=f"stage{stage}_shortcut")(u)
        steps = []
        for block in range(1, blocks + 3 - stage):
            name, rate = f"stage{stage}_block{block}", next(rates)
            bare = [symmetric_field(name != "stage1_block1" or i > 0, f"{name}_{'fg'[i]}") for i in range(fields)]
            steps.append([Step(name, f, rate) for f in bare])
        u = run(steps, u, stage)
    return rectified(u)
