"""RevNet: every stage is a reversible run on two halves of the channels."""

from typing import Any

from zoo import _check
from zoo.applications._reversible_stages import units_of
from zoo.applications.application import Network, application
from zoo.applications.classifier import ClassifierTask
from zoo.applications.predictions import decode_predictions as decode_predictions
from zoo.applications.predictions import preprocess_input as preprocess_input
from zoo.applications.stages import blocks_in, rectified, stem
from zoo.data.datasets import CIFAR10
from zoo.layers import Reversible, linear_rates


@application("revnet", ClassifierTask(CIFAR10))
def RevNet(*, depth: int = 38, step_size: float = 1.0, drop_path: float = 0.0) -> Network:
    """``y₁ = x₁ + h f(x₂)``, ``y₂ = x₂ + h g(y₁)``: the reversible residual network, symplectic Euler with h = 1.

    The state is two halves of the channels, f and g are BN-ReLU-3×3-BN-ReLU-3×3 on one of them (bottlenecks from depth
    164 on). Three stages of 32, 64 and 128 channels, four times as many with bottlenecks; below depth 110 the last has
    112, as in the authors' RevNet-38. The first unit of a stage changes the width and is not reversible: average
    pooling and zeros beside f, or a 1×1 convolution for each half beside a bottleneck. The first f of the network has
    no BN-ReLU before it, since the stem ends in them. On TensorFlow the others keep no activations, see
    ``zoo.layers.Reversible``.

    Source: Gomez, Ren, Urtasun and Grosse, "The Reversible Residual Network" (2017, arXiv:1707.04585), equation 6, in
    the layout of the authors' code. Their BN has ε = 1e-3 and momentum 0.99, the stride of their bottlenecks is in
    the first 1×1 convolution, and their strided 3×3 convolutions pad as TensorFlow's ``"SAME"`` does, one pixel after
    a picture of even size and none before; ours are as in the other networks here, with the stride in the 3×3 and one
    pixel on each side. On the authors' weights this padding alone changes the logits by 8 %.

    Args:
        depth: 12n + 2 below 164 (38, 110) or 18n + 2 from 164 on. Defaults to ``38``.
        step_size: h of the reversible units; a refined network (``zoo.analysis.refine``) has 0.5. Defaults
            to ``1.0``.
        drop_path: Stochastic depth: drop rate of f and g in the last unit, reached linearly from the first.
            Defaults to ``0.0``.
    """
    bottleneck = _check.integer(depth, "depth") >= 164
    kind = "bottlenecks from 164 layers on" if bottleneck else "basic blocks below 164 layers"
    units = blocks_in(depth, 18 if bottleneck else 12, kind, most=None if bottleneck else 164)
    widths = (32, 64, 112 if depth < 110 else 128)

    def trunk(image: Any) -> Any:
        u = stem(image, widths[0], activated=True)
        rates = iter(linear_rates(len(widths) * units, drop_path))
        for stage, width in enumerate(widths, start=1):
            half = 2 * width if bottleneck else width // 2
            u, pairs = units_of(u, stage, half, [next(rates) for _ in range(units)], bottleneck)
            if pairs:  # y₁ = x₁ + h f(x₂), y₂ = x₂ + h g(y₁) through the stage
                u = Reversible(pairs, step_size, name=f"stage{stage}_run")(u)
        return rectified(u)

    return Network({"depth": depth, "step_size": _check.finite(step_size, "step_size")}, trunk, Reversible)


RevNet38 = RevNet.variant("RevNet38", "revnet38", depth=38)
RevNet110 = RevNet.variant("RevNet110", "revnet110", depth=110)
RevNet164 = RevNet.variant("RevNet164", "revnet164", depth=164)
