"""ODE-Nets: every stage is the flow of u' = f(t, u) with one field f, whatever integrates it."""

import functools
from typing import Any

import keras

from zoo import _check
from zoo.applications._mnist_stem import mnist_stem
from zoo.applications._ode_stages import Integration, convolution, norm_relu, ode_stages
from zoo.applications.application import Network, application
from zoo.applications.classifier import ClassifierTask
from zoo.applications.predictions import decode_predictions as decode_predictions
from zoo.applications.predictions import preprocess_input as preprocess_input
from zoo.data.datasets import CIFAR10, IMAGENET, MNIST
from zoo.layers import ODE, time_branch


@application("odenet_mnist", ClassifierTask(MNIST), listed=True)
def ODENetMNIST(
    *,
    downsampling: str = "conv",
    filters: int = 64,
    solver: str = "dopri5",
    steps: int | None = None,
    rtol: float = 1e-3,
    atol: float = 1e-3,
    per_sample: bool = False,
    max_steps: int | None = None,
) -> Network:
    """``u(1) = u(0) + ∫₀¹ f(t, u) dt``: the ODE-Net for MNIST and its likes; with ``steps=`` it is the RK-Net.

    A 3×3 convolution, two steps down to 6×6, the flow, GN-ReLU, global average pooling and the classifier. f is
    GN-ReLU-3×3-GN-ReLU-3×3-GN, whose convolutions see t as one more channel, see ``zoo.layers.time_branch``.

    The solver's keywords change nothing in the weights: a network loads those of any other, so that accuracy and
    time can be traded after training (``zoo.rediscretize``, ``zoo show NAME --dial``).

    Source: Chen, Rubanova, Bettencourt and Duvenaud, "Neural Ordinary Differential Equations" (2018,
    arXiv:1806.07366), table 1, in the layout of the authors' example odenet_mnist.py, with its 208,266 parameters
    (232,970 for ``"res"``). Theirs takes pictures in 0..1 as they are; biases start at zero here.

    Args:
        downsampling: ``"conv"`` (default): GN-ReLU-4×4 of stride 2, twice; ``"res"``: two residual blocks of stride 2.
        filters: Channels. Defaults to ``64``.
        solver: Name of a tableau (``zoo.numerics.TABLEAUS``). Defaults to ``"dopri5"``.
        steps: Equal steps of a ``RungeKutta`` layer, which runs on every backend. Defaults to ``None``: an ``ODE``
            layer with adaptive steps, on TensorFlow.
        rtol: Relative tolerance of an adaptive step. Defaults to ``1e-3``.
        atol: Absolute tolerance of an adaptive step, in units of the state. Defaults to ``1e-3``.
        per_sample: Whether each picture has adaptive steps of its own, so that an answer does not depend on the other
            pictures of its batch. Defaults to ``False``, which is faster.
        max_steps: Most attempts at adaptive steps in a stage. Defaults to ``None``: 10,000, or 64 under XLA.
    """
    integration = Integration(solver, steps, rtol, atol, per_sample, max_steps)
    architecture = {"downsampling": downsampling, "filters": _check.integer(filters, "filters")}

    def trunk(image: Any) -> Any:
        u = mnist_stem(image, **architecture)
        return norm_relu(integration.stage(time_branch(filters, name="stage1_f"), "stage1")(u), "head")

    return Network(architecture, trunk, integration.scheme, integration.settings)


@application("odenet_cifar", ClassifierTask(CIFAR10), listed=True)
def ODENetCIFAR(
    *,
    filters: int = 16,
    augment: int = 0,
    solver: str = "dopri5",
    steps: int | None = None,
    rtol: float = 1e-3,
    atol: float = 1e-3,
    per_sample: bool = False,
    max_steps: int | None = None,
) -> Network:
    """``u(1) = u(0) + ∫₀¹ f(t, u) dt`` in each of three stages: an ODE-Net for CIFAR-10 with a convolutional stem.

    Stages of ``filters``, three and six times as many channels; before the second and the third, GN-ReLU-3×3 of
    stride 2. f is GN-ReLU-3×3-GN-ReLU-3×3-GN, see ``zoo.layers.time_branch``; the scale of its last normalization
    starts at zero, so that the flow starts as the identity.

    With ``augment`` p zero channels are appended to the state of each stage and taken off after it: the flow of a
    wider space, whose paths may cross in the channels seen.

    Source: Chen et al. (2018, arXiv:1806.07366); ``augment``: Dupont, Doucet and Teh, "Augmented Neural ODEs" (2019,
    arXiv:1904.01681), equation 3. The layout is ours: theirs has neither stem nor stages, and reads the appended
    channels out, too.

    Args:
        filters: Channels of the first stage. Defaults to ``16``.
        augment: p. Defaults to ``0``. On TensorFlow only.
        solver: Name of a tableau (``zoo.numerics.TABLEAUS``). Defaults to ``"dopri5"``.
        steps: Equal steps of a ``RungeKutta`` layer, which runs on every backend. Defaults to ``None``: an ``ODE``
            layer with adaptive steps, on TensorFlow.
        rtol: Relative tolerance of an adaptive step. Defaults to ``1e-3``.
        atol: Absolute tolerance of an adaptive step, in units of the state. Defaults to ``1e-3``.
        per_sample: Whether each picture has adaptive steps of its own, so that an answer does not depend on the other
            pictures of its batch. Defaults to ``False``, which is faster.
        max_steps: Most attempts at adaptive steps in a stage. Defaults to ``None``: 10,000, or 64 under XLA.
    """
    integration = Integration(solver, steps, rtol, atol, per_sample, max_steps)
    filters, augment = _check.integer(filters, "filters"), _check.integer(augment, "augment", least=0)

    def trunk(image: Any) -> Any:
        u = convolution(image, filters, 3, padding=1, name="stem")
        return ode_stages(u, (filters, 3 * filters, 6 * filters), integration, augment)

    scheme = ODE if augment else integration.scheme
    return Network({"filters": filters, "augment": augment}, trunk, scheme, integration.settings)


@application("odenet", ClassifierTask(IMAGENET), listed=True)
def ODENet(
    *,
    filters: int = 64,
    solver: str = "dopri5",
    steps: int | None = None,
    rtol: float = 1e-3,
    atol: float = 1e-3,
    per_sample: bool = False,
    max_steps: int | None = None,
) -> Network:
    """``u(1) = u(0) + ∫₀¹ f(t, u) dt`` in each of four stages: an ODE-Net of ImageNet's size.

    The stem of ResNet, 7×7 of stride 2 and max-pooling, then stages of ``filters``, 2, 4 and 8 times as many channels
    with the f and the transitions of ``ODENetCIFAR``. Nothing of the kind is published with weights; none are released.

    Source: Chen et al. (2018, arXiv:1806.07366), in the layout of He et al. (2016, arXiv:1512.03385), table 1.

    Args:
        filters: Channels of the first stage. Defaults to ``64``.
        solver: Name of a tableau (``zoo.numerics.TABLEAUS``). Defaults to ``"dopri5"``.
        steps: Equal steps of a ``RungeKutta`` layer, which runs on every backend. Defaults to ``None``: an ``ODE``
            layer with adaptive steps, on TensorFlow.
        rtol: Relative tolerance of an adaptive step. Defaults to ``1e-3``.
        atol: Absolute tolerance of an adaptive step, in units of the state. Defaults to ``1e-3``.
        per_sample: Whether each picture has adaptive steps of its own, so that an answer does not depend on the other
            pictures of its batch. Defaults to ``False``, which is faster.
        max_steps: Most attempts at adaptive steps in a stage. Defaults to ``None``: 10,000, or 64 under XLA.
    """
    integration = Integration(solver, steps, rtol, atol, per_sample, max_steps)
    widths = [_check.integer(filters, "filters") * 2**stage for stage in range(4)]
    trunk = functools.partial(_imagenet_trunk, widths=widths, integration=integration)
    return Network({"filters": widths[0]}, trunk, integration.scheme, integration.settings)


def _imagenet_trunk(image, widths, integration):
    u = norm_relu(convolution(image, widths[0], 7, 2, padding=3, name="stem"), "stem")
    # after ReLU the zeros around are below every value
    u = keras.layers.ZeroPadding2D(1, data_format="channels_last", name="stem_pool_padding")(u)
    u = keras.layers.MaxPooling2D(3, 2, data_format="channels_last", name="stem_pool")(u)
    return ode_stages(u, widths, integration)


RKNetMNIST = ODENetMNIST.variant("RKNetMNIST", "rknet_mnist", solver="rk4", steps=4)
RKNetCIFAR = ODENetCIFAR.variant("RKNetCIFAR", "rknet_cifar", solver="rk4", steps=2)
AugmentedODENet = ODENetCIFAR.variant("AugmentedODENet", "augmented_odenet_cifar", augment=8)
