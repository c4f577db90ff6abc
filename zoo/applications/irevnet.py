"""i-RevNet: a two-step network that loses nothing of the picture before its last layers."""

import functools
from typing import Any

import keras

from zoo import _check
from zoo.applications._imagenet_stages import blocks_of
from zoo.applications.application import Network, application
from zoo.applications.classifier import ClassifierTask
from zoo.applications.predictions import decode_predictions as decode_predictions
from zoo.applications.predictions import preprocess_input as preprocess_input
from zoo.applications.stages import rectified
from zoo.data.datasets import IMAGENET
from zoo.layers import ChannelSlice, LinearMultistep, SpaceToDepth
from zoo.layers.fields import branch

BLOCKS = {13: (2, 2), 301: (6, 16, 72, 6)}
"""Steps in each stage, by depth: three convolutions a step, and the classifier."""
WIDTH = 24
"""Channels of the first stage: half of a picture's three in blocks of 2 × 2 pixels, in blocks of 2 × 2 again."""


@application("irevnet", ClassifierTask(IMAGENET))
def IRevNet(*, depth: int = 301, bottleneck: int = 4) -> Network:
    """``u⁺ = u⁻ + f(u)``: the invertible network for ImageNet, ``LinearMultistep`` with k = 1.

    It is the midpoint rule of two steps for u' = f(u)/2, with a field of its own in each step. The picture's pixels
    move into channels, 2 × 2 to one, and the halves of these are u⁻ and u. The first step of each of four stages moves
    the pixels of both states again, S, and its f has stride 2: u⁺ = S u⁻ + f(u), with S u as the state before it. So
    the stages have 24, 96, 384 and 1536 channels whatever the picture, and sides must be multiples of 32. f is
    BN-ReLU-3×3, thrice, the first two of ``1/bottleneck`` of the channels; the very first has no BN-ReLU before it. At
    the end u⁻ and u stand beside each other, then BN, ReLU, pooling and the classifier.

    Until there nothing is lost: ``zoo.analysis.last_states`` gives the two states for pictures, and
    ``zoo.analysis.picture_of`` the pictures for two states.

    Source: Jacobsen, Smeulders and Oyallon, "i-RevNet: Deep Invertible Networks" (2018, arXiv:1802.07088), equation 2;
    layout and weights of imgclsmob, the only multistep network with public ImageNet weights that was found.

    Args:
        depth: 301; or 13, two stages of two steps, of which nothing is published and which takes sides that are
            multiples of 8. Defaults to ``301``.
        bottleneck: By what the first two convolutions of f are narrower, a divisor of 24. Defaults to ``4``.
    """
    blocks, bottleneck = blocks_of(depth, BLOCKS), _check.integer(bottleneck, "bottleneck")
    if WIDTH % bottleneck:
        raise ValueError(f"bottleneck must divide {WIDTH}. Received: bottleneck={bottleneck}.")
    trunk = functools.partial(_trunk, blocks, bottleneck)
    return Network({"depth": depth, "bottleneck": bottleneck}, trunk, LinearMultistep)


def _trunk(blocks: tuple[int, ...], bottleneck: int, image: Any) -> Any:
    _check_sides(image.shape[1:3], 2 ** (len(blocks) + 1))
    u = SpaceToDepth(2, name="stem")(image)
    half = u.shape[-1] // 2
    previous, u = (ChannelSlice(n * half, (n + 1) * half, name=f"stem_half{n + 1}")(u) for n in range(2))
    for stage, count in enumerate(blocks, start=1):
        for block in range(1, count + 1):
            name = f"stage{stage}_block{block}"
            f = _field(WIDTH * 4 ** (stage - 1), bottleneck, 2 if block == 1 else 1, name == "stage1_block1", name)
            if block == 1:  # u⁺ = S u⁻ + f(u), after which S u is u⁻
                moved = SpaceToDepth(2, name=f"{name}_previous")(previous)
                previous, u = SpaceToDepth(2, name=f"{name}_state")(u), keras.layers.Add(name=name)([moved, f(u)])
            else:  # u⁺ = u⁻ + f(u)
                previous, u = u, LinearMultistep(f, k=1, name=name)([u, previous])
    return rectified(keras.layers.Concatenate(name="head_states")([previous, u]))


def _field(filters: int, bottleneck: int, strides: int, bare: bool, name: str) -> keras.Sequential:
    """BN, ReLU, 3×3 (stride), BN, ReLU, 3×3, BN, ReLU, 3×3; a bare one lacks the first BN and ReLU."""
    narrow = filters // bottleneck
    layers = [
        *(branch.norm_relu(1) + branch.convolution(narrow, 3, strides, name="conv1")),
        *(branch.norm_relu(2) + branch.convolution(narrow, 3, name="conv2")),
        *(branch.norm_relu(3) + branch.convolution(filters, 3, name="conv3")),
    ]
    return keras.Sequential(layers[2:] if bare else layers, name=f"{name}_f")


def _check_sides(sides: Any, unit: int) -> None:
    """Raise ``ValueError`` unless each side is open or a multiple of the unit; the message names the nearest."""
    if wrong := [side for side in sides if side is not None and side % unit]:
        below = wrong[0] // unit * unit
        raise ValueError(
            f"An i-RevNet moves pixels into channels {unit.bit_length() - 1} times, so that each side of its pictures "
            f"must be a multiple of {unit}. Received: {tuple(sides)}. The nearest to {wrong[0]} are "
            f"{' and '.join(str(side) for side in (below, below + unit) if side)}; zoo.data.pictures.fit resizes."
        )


IRevNet301 = IRevNet.variant("IRevNet301", "irevnet301", depth=301)
