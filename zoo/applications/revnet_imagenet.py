"""RevNet for pictures of ImageNet: bottlenecks on two halves of the channels, every stage a reversible run."""

from typing import Any

from zoo import _check
from zoo.applications._imagenet_stages import blocks_of, stem
from zoo.applications._reversible_stages import units_of
from zoo.applications.application import Network, application
from zoo.applications.classifier import ClassifierTask
from zoo.applications.predictions import decode_predictions as decode_predictions
from zoo.applications.predictions import preprocess_input as preprocess_input
from zoo.applications.stages import rectified
from zoo.data.datasets import IMAGENET
from zoo.layers import Reversible, linear_rates

UNITS = {32: (1, 2, 1, 1), 56: (2, 2, 3, 2), 104: (2, 2, 11, 2)}
"""Units in each stage, by depth (the authors' configurations; 32 is ours)."""

ELSEWHERE = (
    "Of RevNet-56 no weights are published. Of RevNet-104 the authors have a TensorFlow 1 checkpoint "
    "(http://www.cs.toronto.edu/~mren/revnet/pretrained/revnet-104.tar.gz, 23.10 % error), over plain HTTP and without "
    "a checksum, which is why it is not fetched; its strided convolutions pad in another way, so that it would not "
    "compute the same here."
)


@application("revnet_imagenet", ClassifierTask(IMAGENET))
def RevNetImageNet(*, depth: int = 56, width: int = 128, step_size: float = 1.0, drop_path: float = 0.0) -> Network:
    """``y₁ = x₁ + h f(x₂)``, ``y₂ = x₂ + h g(y₁)``: the reversible residual network for pictures of ImageNet.

    The stem of ResNet, 7×7 of stride 2 with BN, ReLU and max-pooling, then four stages on two halves of the channels;
    f and g are bottlenecks, BN-ReLU-1×1-BN-ReLU-3×3-BN-ReLU-1×1 on one of them. The stages have 4, 8, 16 and 26 times
    ``width`` channels. The first unit of a stage changes the width, with a 1×1 convolution for each half beside it, and
    is not reversible; the others are symplectic Euler with h = 1 and keep no activations on TensorFlow, see
    ``zoo.layers.Reversible``.

    Source: Gomez, Ren, Urtasun and Grosse, "The Reversible Residual Network" (2017, arXiv:1707.04585), equation 6 and
    table 1, in the layout of the authors' code, which counts 27,553,128 parameters (RevNet-56) and 45,428,072
    (RevNet-104); their top-1 error of RevNet-104 is 23.10 %. ``RevNet`` says where their code differs: ε, momentum, the
    place of the stride and the padding. No weights are released.

    Args:
        depth: 56 or 104; or 32, with one reversible unit in all, of which nothing is published. Defaults to ``56``.
        width: Channels of the stem, a multiple of 4. Defaults to ``128``.
        step_size: h of the reversible units. Defaults to ``1.0``.
        drop_path: Stochastic depth: drop rate of f and g in the last unit, reached linearly from the first.
            Defaults to ``0.0``.
    """
    units, width = blocks_of(depth, UNITS), _check.integer(width, "width")
    if width % 4:
        raise ValueError(f"width must be a multiple of 4, so that bottlenecks narrow evenly. Received: width={width}.")
    halves = (2 * width, 4 * width, 8 * width, 13 * width)

    def trunk(image: Any) -> Any:
        u = stem(image, width, bias=False, activated=True)
        rates = iter(linear_rates(sum(units), _check.rate(drop_path, "drop_path")))
        for stage, (half, count) in enumerate(zip(halves, units, strict=True), start=1):
            u, pairs = units_of(u, stage, half, [next(rates) for _ in range(count)], bottleneck=True)
            if pairs:  # y₁ = x₁ + h f(x₂), y₂ = x₂ + h g(y₁) through the stage
                u = Reversible(pairs, step_size, name=f"stage{stage}_run")(u)
        return rectified(u)

    architecture = {"depth": depth, "width": width, "step_size": _check.finite(step_size, "step_size")}
    return Network(architecture, trunk, Reversible, elsewhere=ELSEWHERE)


RevNet56 = RevNetImageNet.variant("RevNet56", "revnet56", depth=56)
RevNet104 = RevNetImageNet.variant("RevNet104", "revnet104", depth=104)
