"""Momentum ResNet: every stage is a run of steps with momentum."""

import functools

from zoo.applications.application import Network, application, variant
from zoo.applications.resnet import preactivation_layout
from zoo.applications.stages import at_once, residual_stages, stepped
from zoo.layers import Momentum


@application
def MomentumResNet(*, depth=20, gamma=0.9, step_size=1.0, drop_path=0.0):
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

    Other arguments, result and errors: see ``zoo.applications``. Pictures are raw RGB 0..255,
    ``(batch, height, width, 3)``, 32×32 by default.
    """
    run = at_once(functools.partial(Momentum, gamma=gamma, step_size=step_size))
    return Network(
        name=f"momentum_resnet{depth}" if gamma == 0.9 else f"momentum_resnet{depth}_gamma{gamma:g}",
        architecture={"depth": depth, "gamma": gamma, **stepped(step_size)},
        trunk=functools.partial(residual_stages, layout=preactivation_layout(depth), run=run),
        scheme=Momentum,
        drop_path=drop_path,
    )


MomentumResNet20 = variant(MomentumResNet, "MomentumResNet20", depth=20)
MomentumResNet56 = variant(MomentumResNet, "MomentumResNet56", depth=56)
