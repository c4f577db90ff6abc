"""ResNet V1 for pictures of ImageNet: E's general step, with a ReLU after the sum."""

import dataclasses
import functools
from typing import Any

import keras

from zoo.applications._imagenet_stages import BOTTLENECKS, blocks_of, stages, stem, widths_of
from zoo.applications.application import Network, Twin, application
from zoo.applications.classifier import ClassifierTask
from zoo.applications.predictions import decode_predictions as decode_predictions
from zoo.applications.predictions import preprocess_input as preprocess_input
from zoo.data.datasets import IMAGENET
from zoo.layers import ForwardEuler
from zoo.layers.fields import branch

PICTURES = dataclasses.replace(IMAGENET, mean=(123.68, 116.779, 103.939), deviation=(1.0,) * 3)
"""ImageNet's less the mean colour, RGB; the public weights, from Caffe, want BGR and are turned when converted."""


@application("resnet_v1", ClassifierTask(PICTURES))
def ResNetV1(*, depth: int = 50, width: int = 64, drop_path: float = 0.0) -> Network:
    """``z⁺ = g(s(z) + f(z))`` with g = ReLU: the first ResNet, in the layout of Keras's ResNet50.

    f is 1×1-BN-ReLU-3×3-BN-ReLU-1×1-BN, s the identity, or 1×1-BN in the first step of a stage, which from the second
    on halves the sides. With g it is E's general step, forward Euler only between the ReLUs; every convolution has a
    bias, and the stride is in the first 1×1.

    Source: He et al., "Deep Residual Learning for Image Recognition" (2016, arXiv:1512.03385); E, "A Proposal on
    Machine Learning via Dynamical Systems" (2017); layout and weights of ``keras.applications``. **Who comes from
    there**: ``preprocess_input`` changes nothing here, since the network takes raw RGB 0..255 and subtracts the mean
    itself; Keras's turns RGB into BGR and subtracts. A picture that went through Keras's gives nonsense here.

    Args:
        depth: 50, 101 or 152; or 26, of which nothing is published. Defaults to ``50``.
        width: Channels of the stem and of the narrow convolutions of the first stage. Defaults to ``64``.
        drop_path: Stochastic depth: drop rate of the last step, reached linearly from the first. Defaults to ``0.0``.
    """
    trunk = functools.partial(_trunk, blocks_of(depth, BOTTLENECKS), widths_of(width), drop_path)
    twin = Twin(TWINS[depth], "keras_resnet_v1") if depth in TWINS and width == 64 else None
    return Network({"depth": depth, "width": width}, trunk, ForwardEuler, twin=twin)


TWINS = {50: keras.applications.ResNet50, 101: keras.applications.ResNet101, 152: keras.applications.ResNet152}
"""Keras's networks of the same weights."""


def _trunk(blocks: tuple[int, ...], widths: tuple[int, ...], drop_path: float, image: Any) -> Any:
    u = stem(image, widths[0] // 4, bias=True, activated=True)
    for stage in stages(blocks, widths, _branch, _branch, drop_path):
        for step in (stage.entrance, *stage.steps):
            shortcut = None if step is not stage.entrance else _projection(stage.width, stage.strides)
            u = ForwardEuler(step.field, shortcut=shortcut, activation="relu", name=step.name)(u)  # ReLU(s(u) + f(u))
    return u


def _branch(filters: int, strides: int, name: str) -> keras.Sequential:
    """1×1 (filters/4, stride), BN, ReLU, 3×3, BN, ReLU, 1×1 (filters), BN; convolutions with bias."""
    narrow = filters // 4
    layers = [
        *(branch.convolution(narrow, 1, strides, bias=True, name="conv1") + branch.norm_relu(1)),
        *(branch.convolution(narrow, 3, bias=True, name="conv2") + branch.norm_relu(2)),
        *branch.convolution(filters, 1, bias=True, name="conv3"),
        branch.norm(name="norm3"),
    ]
    return keras.Sequential(layers, name=name)


def _projection(filters: int, strides: int) -> keras.Sequential:
    (convolution,) = branch.convolution(filters, 1, strides, bias=True, name="conv1")
    return keras.Sequential([convolution, branch.norm(name="norm1")], name="shortcut")


ResNet50 = ResNetV1.variant("ResNet50", "resnet50", depth=50)
ResNet101 = ResNetV1.variant("ResNet101", "resnet101", depth=101)
ResNet152 = ResNetV1.variant("ResNet152", "resnet152", depth=152)
