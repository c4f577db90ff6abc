"""ResNet and ResNeXt: every block is a forward Euler step."""

from typing import Any

from zoo import _check
from zoo.applications.application import Network, application
from zoo.applications.classifier import ClassifierTask
from zoo.applications.predictions import decode_predictions as decode_predictions
from zoo.applications.predictions import preprocess_input as preprocess_input
from zoo.applications.stages import Layout, blocks_in, rectified, stages, stem
from zoo.data.datasets import CIFAR10
from zoo.layers import ForwardEuler
from zoo.layers.fields import branch


@application("resnet", ClassifierTask(CIFAR10))
def ResNet(*, depth: int = 20, step_size: float = 1.0, drop_path: float = 0.0) -> Network:
    """``u⁺ = u + h f(u)``: the pre-activation ResNet for small pictures, forward Euler with h = 1.

    f is BN-ReLU-3×3-BN-ReLU-3×3 (bottlenecks from depth 164 on), three stages of 16, 32 and 64
    channels; where the width changes, the shortcut is BN-ReLU-1×1. It is the layout of LM-ResNet
    without its k, so that the two compare one to one.

    Source: He et al., "Identity Mappings in Deep Residual Networks" (2016, arXiv:1603.05027). Their
    CIFAR shortcuts pad with zeros; these project, as the reference code of LM-ResNet does.

    Args:
        depth: 6n + 2 below 164 (20, 32, 44, 56, 110) or 9n + 2 from 164 on. Defaults to ``20``.
        step_size: h of the steps that keep the width; a refined network (``zoo.analysis.refine``) has 0.5. Defaults
            to ``1.0``.
        drop_path: Stochastic depth: drop rate of the last block, reached linearly from the first.
            Defaults to ``0.0``.
    """
    layout = preactivation_layout(depth)

    def trunk(image: Any) -> Any:
        u = stem(image, layout.stem)
        for stage in stages(layout, drop_path):
            _, u = stage.enter(u)
            for step in stage.steps:
                u = ForwardEuler(step.field, step_size, name=step.name)(u)  # u + h f(u)
        return rectified(u)

    return Network({"depth": depth, "step_size": _check.finite(step_size, "step_size")}, trunk, ForwardEuler)


@application("resnext", ClassifierTask(CIFAR10))
def ResNeXt(*, depth: int = 29, groups: int = 8, width: int = 64, drop_path: float = 0.0) -> Network:
    """``u⁺ = ReLU(u + f(u))``: a forward Euler step whose f is a sum of ``groups`` parallel paths.

    f is 1×1-BN-ReLU-grouped 3×3-BN-ReLU-1×1-BN, three stages of 256, 512 and 1024 channels; each path
    is ``width`` channels wide in the first stage and twice as wide in each later one.

    Source: Xie et al., "Aggregated Residual Transformations" (2017, arXiv:1611.05431), §5.3.

    Args:
        depth: 9n + 2. Defaults to ``29``.
        groups: Cardinality, the number of paths. Defaults to ``8``.
        width: Channels of one path in the first stage. Defaults to ``64``.
        drop_path: Stochastic depth: drop rate of the last block, reached linearly from the first.
            Defaults to ``0.0``.
    """
    layout = resnext_layout(depth, groups, width)

    def trunk(image: Any) -> Any:
        u = stem(image, layout.stem, activated=True)
        for stage in stages(layout, drop_path):
            _, u = stage.enter(u)
            for step in stage.steps:
                u = stage.rectified(ForwardEuler(step.field, name=step.name)(u), step.name)  # ReLU(u + f(u))
        return u

    return Network({"depth": depth, "groups": groups, "width": width}, trunk, ForwardEuler)


def preactivation_layout(depth: int) -> Layout:
    """The CIFAR layout of that depth: 16/32/64 channels, basic blocks (depth 6n + 2) below 164
    and bottlenecks (depth 9n + 2, four times the channels) from 164 on, as published.

    Raises ``ValueError`` for a depth that has no layout; the message names the nearest that do.
    """
    bottleneck = _check.integer(depth, "depth") >= 164
    kind = "bottlenecks from 164 layers on" if bottleneck else "basic blocks below 164 layers"
    blocks = blocks_in(depth, 9 if bottleneck else 6, kind)
    field = branch.bottleneck_branch if bottleneck else branch.basic_branch
    widths = (64, 128, 256) if bottleneck else (16, 32, 64)
    return Layout(16, widths, blocks, field, branch.preactivation_projection, preactivated=True)


def resnext_layout(depth: int, groups: int, width: int) -> Layout:
    """The CIFAR layout of ResNeXt: 64 channels, then 256/512/1024, (depth − 2)/9 blocks a stage; the
    paths' width doubles with the stage.

    Raises ``ValueError`` for a depth that is not 9n + 2, or ``groups`` or ``width`` below 1.
    """
    groups, width = _check.integer(groups, "groups"), _check.integer(width, "width")
    blocks = blocks_in(depth, 9, "bottlenecks, such as 29")

    def field(filters, strides, name):
        return branch.resnext_branch(filters, groups, width * filters // 256, strides, name)

    return Layout(64, (256, 512, 1024), blocks, field, branch.projection, preactivated=False)


ResNet20 = ResNet.variant("ResNet20", "resnet20", depth=20)
ResNet32 = ResNet.variant("ResNet32", "resnet32", depth=32)
ResNet38Refined = ResNet.variant("ResNet38Refined", "resnet38_refined", depth=38, step_size=0.5)
ResNet44 = ResNet.variant("ResNet44", "resnet44", depth=44)
ResNet56 = ResNet.variant("ResNet56", "resnet56", depth=56)
ResNet110 = ResNet.variant("ResNet110", "resnet110", depth=110)
ResNet164 = ResNet.variant("ResNet164", "resnet164", depth=164)
ResNeXt29 = ResNeXt.variant("ResNeXt29", "resnext29", depth=29, groups=8, width=64)
ResNeXt29_32x4d = ResNeXt.variant("ResNeXt29_32x4d", "resnext29_32x4d", depth=29, groups=32, width=4)
ResNeXt29_16x64d = ResNeXt.variant("ResNeXt29_16x64d", "resnext29_16x64d", depth=29, groups=16, width=64)
