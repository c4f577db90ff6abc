"""Momentum ResNet: every stage is a run of steps with momentum."""

from typing import Any

from zoo import _check
from zoo.applications.application import Network, application
from zoo.applications.classifier import ClassifierTask
from zoo.applications.predictions import decode_predictions as decode_predictions
from zoo.applications.predictions import preprocess_input as preprocess_input
from zoo.applications.resnet import preactivation_layout
from zoo.applications.stages import rectified, stages, stem
from zoo.data.datasets import CIFAR10
from zoo.layers import Momentum


@application("momentum_resnet", ClassifierTask(CIFAR10))
def MomentumResNet(*, depth: int = 20, gamma: float = 0.9, step_size: float = 1.0, drop_path: float = 0.0) -> Network:
    """``v⁺ = γv + (1 − γ) f(u)``, ``u⁺ = u + h v⁺``: the ResNet whose velocity, and not its state, takes the residual.

    The layout is ``ResNet``'s, and so is the number of parameters: γ is fixed. In each stage the steps after a
    change of width are one run, started at v = 0; the blocks that change the width are ``ResNet``'s.

    Source: Sander, Ablin, Blondel and Peyré, "Momentum Residual Neural Networks" (2021, arXiv:2102.07870), §3,
    equation 6. Their CIFAR network is a ResNet-101; this one has the layout of the other small networks here, so that
    they compare. They invert the steps to save memory; here activations are kept (see ``zoo.layers.Momentum``).

    Args:
        depth: 6n + 2 below 164 (20, 56) or 9n + 2 from 164 on. Defaults to ``20``.
        gamma: γ in [0, 1). Defaults to the authors' ``0.9``; 0 is ``ResNet``.
        step_size: h of the steps that keep the width; a refined network (``zoo.analysis.refine``) has 0.5
            and γ = 0.95. Defaults to ``1.0``.
        drop_path: Stochastic depth: drop rate of the last block, reached linearly from the first; only f
            is dropped. Defaults to ``0.0``.
    """
    layout = preactivation_layout(depth)

    def trunk(image: Any) -> Any:
        u = stem(image, layout.stem)
        for stage in stages(layout, drop_path):
            _, u = stage.enter(u)
            if stage.steps:  # v⁺ = γv + (1 − γ) f(u), u⁺ = u + h v⁺ through the stage
                u = Momentum([s.field for s in stage.steps], gamma, step_size, name=f"stage{stage.number}_run")(u)
        return rectified(u)

    architecture = {"depth": depth, "gamma": _check.rate(gamma, "gamma")}
    return Network({**architecture, "step_size": _check.finite(step_size, "step_size")}, trunk, Momentum)


MomentumResNet20 = MomentumResNet.variant("MomentumResNet20", "momentum_resnet20", depth=20)
MomentumResNet56 = MomentumResNet.variant("MomentumResNet56", "momentum_resnet56", depth=56)
