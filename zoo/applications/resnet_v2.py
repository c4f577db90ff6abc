"""ResNet V2 and its LM twin for pictures of ImageNet: pre-activated bottlenecks in Keras's layout."""

import dataclasses
import functools

import keras

from zoo.applications._imagenet_stages import BASIC, BOTTLENECKS, blocks_of, widths_of
from zoo.applications._v2_trunks import basic_trunk, bottleneck_trunk, euler
from zoo.applications.application import Network, Twin, application
from zoo.applications.classifier import ClassifierTask
from zoo.applications.lm_resnet import two_step
from zoo.applications.predictions import decode_predictions as decode_predictions
from zoo.applications.predictions import preprocess_input as preprocess_input
from zoo.data.datasets import IMAGENET
from zoo.layers import ForwardEuler, LinearMultistep

PICTURES = dataclasses.replace(IMAGENET, mean=(127.5,) * 3, deviation=(127.5,) * 3)
"""ImageNet's, brought to −1 … 1 by the network, as Keras's weights want them."""


@application("resnet_v2", ClassifierTask(PICTURES))
def ResNetV2(*, depth: int = 50, width: int = 64, drop_path: float = 0.0) -> Network:
    """``u⁺ = u + f(u)``: the pre-activation ResNet for pictures of ImageNet, in the layout of Keras's or timm's.

    f is BN-ReLU-1×1-BN-ReLU-3×3-BN-ReLU-1×1, forward Euler with h = 1. The first step of each of four stages changes
    the width: with p = ReLU(BN(u)) it is a projection of p plus the rest of f on p. The last step of the first three
    halves the sides, as does its shortcut. The bare stem is 7×7 with stride 2 and a max-pooling.

    Below depth 50 it is timm's ``resnetv2_18`` and ``resnetv2_34``: f is BN-ReLU-3×3-BN-ReLU-3×3 without biases, stages
    of 64 to 512 channels, the first step of the last three changes width and sides; 47 and 87 MB to begin with.

    Source: He et al., "Identity Mappings in Deep Residual Networks" (2016, arXiv:1603.05027); layout and weights of
    ``keras.applications``, whose figures were measured at 299 pixels: at 224, the size that is the default here and
    there, users report 5 to 9 points less, and ``zoo.load`` builds at 299. Pictures are raw 0..255 here, where Keras
    wants −1 … 1.

    Args:
        depth: 18, 34 (basic blocks), 50, 101 or 152; or 26, of which nothing is published. Defaults to ``50``.
        width: Channels of the stem and of the narrow convolutions of the first stage. Defaults to ``64``.
        drop_path: Stochastic depth: drop rate of the last step, reached linearly from the first. Defaults to ``0.0``.
    """
    blocks, widths = blocks_of(depth, BASIC | BOTTLENECKS), widths_of(width)
    trunk = functools.partial(basic_trunk if depth in BASIC else bottleneck_trunk, blocks, widths, drop_path, euler)
    architecture = {"depth": depth, "width": width}
    return Network(architecture, trunk, ForwardEuler, twin=_twin(depth, width, "keras_resnet_v2"))


@application("lm_resnet_v2", ClassifierTask(PICTURES))
def LMResNetV2(*, depth: int = 50, width: int = 64, per_channel: bool = False, drop_path: float = 0.0) -> Network:
    """``u⁺ = (1 − k) u + k u⁻ + f(u)``: the linear two-step ResNet for pictures of ImageNet, a trained k a step.

    The layout is ``ResNetV2``'s. After the step that changes the width, its projected state is the previous one; so
    all further steps of a stage but the one that halves the sides have a k: 9, 26 and 43 of them.

    **The released weights are a warm start**: those of ``ResNetV2`` with k = 0, which compute the same function. No
    weights of an LM-ResNet for ImageNet were ever published. Fine-tune them, and the k move.

    Source: Lu, Zhong, Li and Dong, "Beyond Finite Layer Neural Networks" (2018, arXiv:1710.10121), equation 1.

    Args:
        depth: 50, 101 or 152; or 26, of which nothing is published. Defaults to ``50``.
        width: Channels of the stem and of the narrow convolutions of the first stage. Defaults to ``64``.
        per_channel: One k for each channel instead of one for the step. Defaults to ``False``.
        drop_path: Stochastic depth: drop rate of the last step, reached linearly from the first; only f is dropped.
            Defaults to ``0.0``.
    """
    step = functools.partial(two_step, per_channel=bool(per_channel))
    trunk = functools.partial(bottleneck_trunk, blocks_of(depth, BOTTLENECKS), widths_of(width), drop_path, step)
    architecture = {"depth": depth, "width": width, "per_channel": bool(per_channel)}
    twin = None if per_channel else _twin(depth, width, "keras_lm_resnet_v2")
    return Network(architecture, trunk, LinearMultistep, twin=twin)


TWINS = {
    50: keras.applications.ResNet50V2,
    101: keras.applications.ResNet101V2,
    152: keras.applications.ResNet152V2,
}


def _twin(depth: int, width: int, layout: str) -> Twin | None:
    """Keras's network of the same weights; ``None`` for other depths and widths than the published ones."""
    return Twin(TWINS[depth], layout) if depth in TWINS and width == 64 else None


ResNet18V2 = ResNetV2.variant("ResNet18V2", "resnet18v2", depth=18)
ResNet34V2 = ResNetV2.variant("ResNet34V2", "resnet34v2", depth=34)
ResNet50V2 = ResNetV2.variant("ResNet50V2", "resnet50v2", depth=50)
ResNet101V2 = ResNetV2.variant("ResNet101V2", "resnet101v2", depth=101)
ResNet152V2 = ResNetV2.variant("ResNet152V2", "resnet152v2", depth=152)
LMResNet50 = LMResNetV2.variant("LMResNet50", "lm_resnet50", depth=50)
LMResNet101 = LMResNetV2.variant("LMResNet101", "lm_resnet101", depth=101)
LMResNet152 = LMResNetV2.variant("LMResNet152", "lm_resnet152", depth=152)
