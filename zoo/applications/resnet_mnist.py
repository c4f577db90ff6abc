"""The ResNet that Chen et al. compare their ODE-Net with."""

from typing import Any

from zoo import _check
from zoo.applications._mnist_stem import mnist_stem
from zoo.applications._ode_stages import norm_relu
from zoo.applications.application import Network, application
from zoo.applications.classifier import ClassifierTask
from zoo.applications.predictions import decode_predictions as decode_predictions
from zoo.applications.predictions import preprocess_input as preprocess_input
from zoo.data.datasets import MNIST
from zoo.layers import ForwardEuler, group_branch


@application("resnet_mnist", ClassifierTask(MNIST))
def ResNetMNIST(*, downsampling: str = "res", filters: int = 64, blocks: int = 6) -> Network:
    """``u⁺ = u + f(u)``: the ResNet for MNIST beside ``ODENetMNIST``, forward Euler steps with a field each.

    The stem and the head are the ODE-Net's, f is GN-ReLU-3×3-GN-ReLU-3×3 without biases.

    Source: Chen et al. (2018, arXiv:1806.07366), table 1, in the layout of the authors' example odenet_mnist.py. The
    paper's 0.60M parameters are the 601,482 of ``downsampling="res"``; with ``"conv"`` there are 576,778.

    Args:
        downsampling: ``"res"`` (default) or ``"conv"``, see ``ODENetMNIST``.
        filters: Channels. Defaults to ``64``.
        blocks: Number of steps. Defaults to ``6``.
    """
    blocks, filters = _check.integer(blocks, "blocks"), _check.integer(filters, "filters")

    def trunk(image: Any) -> Any:
        u = mnist_stem(image, downsampling, filters)
        for block in range(1, blocks + 1):
            name = f"stage1_block{block}"
            u = ForwardEuler(group_branch(filters, name=f"{name}_f"), name=name)(u)
        return norm_relu(u, "head")

    architecture = {"downsampling": downsampling, "filters": filters, "blocks": blocks}
    return Network(architecture, trunk, ForwardEuler)


ResNet6MNIST = ResNetMNIST.variant("ResNet6MNIST", "resnet6_mnist", downsampling="res", blocks=6)
