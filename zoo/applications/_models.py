"""Every network by name: the variants, and the released models."""

from zoo import _check
from zoo.applications import (
    fractalnet,
    hamiltonian_net,
    leapfrog_net,
    lm_resnet,
    momentum_resnet,
    odenet,
    polynet,
    resnet,
    resnet_mnist,
    revnet,
)
from zoo.weights import available, get

FUNCTIONS = {
    f.__name__: f
    for f in (
        resnet.ResNet,
        resnet.ResNeXt,
        lm_resnet.LMResNet,
        lm_resnet.LMResNeXt,
        momentum_resnet.MomentumResNet,
        revnet.RevNet,
        polynet.PolyNet,
        hamiltonian_net.HamiltonianNet,
        leapfrog_net.LeapfrogNet,
        fractalnet.FractalNet,
        odenet.ODENetMNIST,
        odenet.ODENetCIFAR,
        odenet.ODENet,
        resnet_mnist.ResNetMNIST,
    )
}
"""The applications, by the name that a manifest row has."""

VARIANTS = {
    "resnet20": resnet.ResNet20,
    "resnet32": resnet.ResNet32,
    "resnet38_refined": resnet.ResNet38Refined,
    "resnet44": resnet.ResNet44,
    "resnet56": resnet.ResNet56,
    "resnet110": resnet.ResNet110,
    "resnet164": resnet.ResNet164,
    "resnext29": resnet.ResNeXt29,
    "lm_resnet20": lm_resnet.LMResNet20,
    "lm_resnet32": lm_resnet.LMResNet32,
    "lm_resnet44": lm_resnet.LMResNet44,
    "lm_resnet56": lm_resnet.LMResNet56,
    "lm_resnet110": lm_resnet.LMResNet110,
    "lm_resnet164": lm_resnet.LMResNet164,
    "lm_resnext29": lm_resnet.LMResNeXt29,
    "momentum_resnet20": momentum_resnet.MomentumResNet20,
    "momentum_resnet56": momentum_resnet.MomentumResNet56,
    "revnet38": revnet.RevNet38,
    "revnet110": revnet.RevNet110,
    "revnet164": revnet.RevNet164,
    "polynet20": polynet.PolyNet20,
    "polynet56": polynet.PolyNet56,
    "hamiltonian_net74": hamiltonian_net.HamiltonianNet74,
    "hamiltonian_net218": hamiltonian_net.HamiltonianNet218,
    "leapfrog_net26": leapfrog_net.LeapfrogNet26,
    "leapfrog_net62": leapfrog_net.LeapfrogNet62,
    "fractalnet20": fractalnet.FractalNet20,
    "fractalnet40": fractalnet.FractalNet40,
    "thin_fractalnet5": fractalnet.ThinFractalNet5,
    "thin_fractalnet10": fractalnet.ThinFractalNet10,
    "thin_fractalnet20": fractalnet.ThinFractalNet20,
    "thin_fractalnet40": fractalnet.ThinFractalNet40,
    "thin_fractalnet80": fractalnet.ThinFractalNet80,
    "thin_fractalnet160": fractalnet.ThinFractalNet160,
    "odenet_mnist": odenet.ODENetMNIST,
    "rknet_mnist": odenet.RKNetMNIST,
    "resnet6_mnist": resnet_mnist.ResNet6MNIST,
    "odenet_cifar": odenet.ODENetCIFAR,
    "rknet_cifar": odenet.RKNetCIFAR,
    "augmented_odenet_cifar": odenet.AugmentedODENet,
    "odenet": odenet.ODENet,
}
"""The function of each variant, by the name that its checkpoints begin with."""


def list_models(pretrained: bool | None = None) -> list[str]:
    """Names of models.

    Args:
        pretrained: ``None`` lists every variant (``"lm_resnet20"``), ``True`` every released NAME
            (``"lm_resnet20-cifar10"``), which ``load`` takes, ``False`` the variants without a release.
    """
    if pretrained:
        return [checkpoint.name for checkpoint in available()]
    released = {checkpoint.variant for checkpoint in available()}
    return [name for name in VARIANTS if pretrained is None or name not in released]


def build(name: str, **arguments):
    """The model of a variant such as ``"lm_resnet20"``, by its function's arguments.

    Raises ``ValueError`` that names the nearest variant if there is none of that name.
    """
    return VARIANTS[_check.known(name, VARIANTS, "model")](**arguments)


def load(name: str, **arguments):
    """The released model of that NAME, with its weights.

    Args:
        name: NAME of a checkpoint (``list_models(pretrained=True)``), such as ``"lm_resnet20-cifar10"``.
        **arguments: Arguments of its application, such as ``classes`` or ``include_top``.

    Raises:
        ValueError: No such NAME (the nearest is named), or arguments that do not fit.
        zoo.weights.WeightsError: The file cannot be had intact.
    """
    checkpoint = get(name)
    defaults = {**checkpoint.kwargs, "weights": name, "classes": len(checkpoint.classes)}
    if "input_tensor" not in arguments:
        defaults["input_shape"] = checkpoint.input_shape
    return FUNCTIONS[checkpoint.application](**{**defaults, **arguments})
