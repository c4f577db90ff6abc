"""LM-ResNet and LM-ResNeXt: every block is a linear two-step step with a trained k."""

from typing import Any

from zoo.applications.application import Network, application
from zoo.applications.classifier import ClassifierTask
from zoo.applications.predictions import decode_predictions as decode_predictions
from zoo.applications.predictions import preprocess_input as preprocess_input
from zoo.applications.resnet import preactivation_layout, resnext_layout
from zoo.applications.stages import rectified, stages, stem
from zoo.data.datasets import CIFAR10
from zoo.layers import ForwardEuler, LinearMultistep


@application("lm_resnet", ClassifierTask(CIFAR10))
def LMResNet(*, depth: int = 20, per_channel: bool = False, drop_path: float = 0.0) -> Network:
    """``u⁺ = (1 − k) u + k u⁻ + f(u)``: the linear two-step ResNet, with one trained k for each block.

    The layout is ``ResNet``'s. The first block of the network and the blocks that change the width have
    no previous state and stay forward Euler; after a projection, the projected state is the
    previous one. So 3n − 3 of 3n blocks have a k.

    Source: Lu, Zhong, Li and Dong, "Beyond Finite Layer Neural Networks" (2018, arXiv:1710.10121),
    equation 1, and the authors' code, whose layout this is.

    Args:
        depth: 6n + 2 below 164 (20, 32, 44, 56, 110) or 9n + 2 from 164 on. Defaults to ``20``.
        per_channel: One k for each channel instead of one for the block. Defaults to ``False``.
        drop_path: Stochastic depth: drop rate of the last block, reached linearly from the first; only f
            is dropped. Defaults to ``0.0``.
    """
    layout = preactivation_layout(depth)

    def trunk(image: Any) -> Any:
        u = stem(image, layout.stem)
        for stage in stages(layout, drop_path):
            previous, u = stage.enter(u)
            for step in stage.steps:
                previous, u = u, two_step(step, u, previous, per_channel)  # (1 − k) u + k u⁻ + f(u)
        return rectified(u)

    return Network({"depth": depth, "per_channel": bool(per_channel)}, trunk, LinearMultistep)


@application("lm_resnext", ClassifierTask(CIFAR10))
def LMResNeXt(
    *, depth: int = 29, groups: int = 8, width: int = 64, per_channel: bool = False, drop_path: float = 0.0
) -> Network:
    """``u⁺ = ReLU((1 − k) u + k u⁻ + f(u))``: the linear two-step step with ResNeXt's f and layout.

    Where k lives is as in ``LMResNet``. The ReLU follows every step, as in ``ResNeXt``.

    Source: Lu, Zhong, Li and Dong (2018, arXiv:1710.10121), §3; f from Xie et al. (2017, arXiv:1611.05431).

    Args:
        depth: 9n + 2. Defaults to ``29``.
        groups: Cardinality, the number of paths. Defaults to ``8``.
        width: Channels of one path in the first stage. Defaults to ``64``.
        per_channel: One k for each channel instead of one for the block. Defaults to ``False``.
        drop_path: Stochastic depth: drop rate of the last block, reached linearly from the first; only f
            is dropped. Defaults to ``0.0``.
    """
    layout = resnext_layout(depth, groups, width)

    def trunk(image: Any) -> Any:
        u = stem(image, layout.stem, activated=True)
        for stage in stages(layout, drop_path):
            previous, u = stage.enter(u)
            for step in stage.steps:
                previous, u = u, stage.rectified(two_step(step, u, previous, per_channel), step.name)
        return u

    architecture = {"depth": depth, "groups": groups, "width": width, "per_channel": bool(per_channel)}
    return Network(architecture, trunk, LinearMultistep)


def two_step(step: Any, u: Any, previous: Any, per_channel: bool) -> Any:
    """The state after one step: forward Euler where there is no previous state, else with a trained k."""
    if previous is None:
        return ForwardEuler(step.field, name=step.name)(u)
    return LinearMultistep(step.field, per_channel=per_channel, name=step.name)([u, previous])


LMResNet20 = LMResNet.variant("LMResNet20", "lm_resnet20", depth=20)
LMResNet32 = LMResNet.variant("LMResNet32", "lm_resnet32", depth=32)
LMResNet44 = LMResNet.variant("LMResNet44", "lm_resnet44", depth=44)
LMResNet56 = LMResNet.variant("LMResNet56", "lm_resnet56", depth=56)
LMResNet110 = LMResNet.variant("LMResNet110", "lm_resnet110", depth=110)
LMResNet164 = LMResNet.variant("LMResNet164", "lm_resnet164", depth=164)
LMResNeXt29 = LMResNeXt.variant("LMResNeXt29", "lm_resnext29", depth=29, groups=8, width=64)
