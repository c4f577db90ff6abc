"""ResNeXt for pictures of ImageNet: E's general step with a field of parallel paths."""

import functools
from typing import Any

import keras

from zoo import _check
from zoo.applications._imagenet_stages import BOTTLENECKS, blocks_of, stages, stem, widths_of
from zoo.applications.application import Network, application
from zoo.applications.classifier import ClassifierTask
from zoo.applications.predictions import decode_predictions as decode_predictions
from zoo.applications.predictions import preprocess_input as preprocess_input
from zoo.data.datasets import IMAGENET
from zoo.layers import ForwardEuler
from zoo.layers.fields import branch


@application("resnext_v1", ClassifierTask(IMAGENET))
def ResNeXtV1(
    *, depth: int = 50, width: int = 64, groups: int = 32, group_width: int = 4, drop_path: float = 0.0
) -> Network:
    """``z⁺ = g(s(z) + f(z))`` with g = ReLU: the ResNeXt for pictures of ImageNet, f a sum of ``groups`` paths.

    f is 1×1-BN-ReLU-grouped 3×3-BN-ReLU-1×1-BN, s the identity, or 1×1-BN in the first step of a stage, which from the
    second on halves the sides, with the stride in the grouped convolution. With g it is E's general step, forward Euler
    only between the ReLUs; no convolution has a bias.

    Source: Xie et al., "Aggregated Residual Transformations for Deep Neural Networks" (2017, arXiv:1611.05431), table
    1; E, "A Proposal on Machine Learning via Dynamical Systems" (2017). The released weights (32×4d) are imgclsmob's.

    Args:
        depth: 50 or 101; or 26 and 152, of which nothing is published. Defaults to ``50``.
        width: Channels of the stem, and a quarter of those of the state in the first stage. Defaults to ``64``.
        groups: Cardinality, the number of paths. Defaults to ``32``.
        group_width: Channels of one path in the first stage; twice as many in each later one. Defaults to ``4``.
        drop_path: Stochastic depth: drop rate of the last step, reached linearly from the first. Defaults to ``0.0``.
    """
    widths = widths_of(width)
    paths = (_check.integer(groups, "groups"), _check.integer(group_width, "group_width"))
    trunk = functools.partial(_trunk, blocks_of(depth, BOTTLENECKS), widths, paths, drop_path)
    architecture = {"depth": depth, "width": width, "groups": groups, "group_width": group_width}
    return Network(architecture, trunk, ForwardEuler)


def _trunk(
    blocks: tuple[int, ...], widths: tuple[int, ...], paths: tuple[int, int], drop_path: float, image: Any
) -> Any:
    groups, group_width = paths

    def field(filters: int, strides: int, name: str) -> keras.Sequential:
        return branch.resnext_branch(filters, groups, group_width * filters // widths[0], strides, name)

    u = stem(image, widths[0] // 4, bias=False, activated=True)
    for stage in stages(blocks, widths, field, field, drop_path):
        for step in (stage.entrance, *stage.steps):
            enters = step is stage.entrance
            shortcut = branch.projection(stage.width, stage.strides, name="shortcut") if enters else None
            u = ForwardEuler(step.field, shortcut=shortcut, activation="relu", name=step.name)(u)  # ReLU(s(u) + f(u))
    return u


ResNeXt50 = ResNeXtV1.variant("ResNeXt50", "resnext50", depth=50)
ResNeXt101 = ResNeXtV1.variant("ResNeXt101", "resnext101", depth=101)
