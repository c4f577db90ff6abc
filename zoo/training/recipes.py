"""Training recipes: one row for each network that can be trained by name."""

import dataclasses
import re

from zoo import _check
from zoo.training.recipe import Recipe

MIDPOINT = {"solver": "midpoint", "steps": 2}
"""The grid on which ODE-Nets are trained: four evaluations of f a stage."""

SEED = re.compile(r"(.+)\.seed([1-9]\d*)")

IMAGENET = {90: (1 / 3, 2 / 3), 300: (0.25, 0.5, 0.75)}
"""Epochs, and the shares of them after which the rate falls to a tenth."""


def _imagenet(variant, application, depth):
    """The recipes of a network for ImageNet, without further augmentation.

    90 epochs as He et al. (2016, arXiv:1603.05027) and their successors; 300 as Yun et al. (2019, arXiv:1905.04899,
    §4.1.1; rates, decay and batch as in their code, whose random colours are left out).
    """
    for epochs, drops in IMAGENET.items():
        yield Recipe(
            f"{variant}-imagenet.{epochs}",
            application,
            {"depth": depth},
            "imagenet",
            epochs=epochs,
            batch_size=256,
            learning_rate=0.1,
            schedule="steps",
            drops=drops,
            l2=1e-4,
            crop_area=(0.08, 1.0),
            size=224,
        )


RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe("lm_resnet20-cifar10", "LMResNet", {"depth": 20}, "cifar10", epochs=45),
        Recipe("resnet20-cifar10", "ResNet", {"depth": 20}, "cifar10", epochs=45),
        Recipe("lm_resnet56-cifar10", "LMResNet", {"depth": 56}, "cifar10", epochs=45),
        Recipe("resnet56-cifar10", "ResNet", {"depth": 56}, "cifar10", epochs=45),
        Recipe("momentum_resnet20-cifar10", "MomentumResNet", {"depth": 20}, "cifar10", epochs=45),
        Recipe("revnet38-cifar10", "RevNet", {"depth": 38}, "cifar10", mixed_precision="mixed_bfloat16"),
        Recipe("polynet20-cifar10", "PolyNet", {"depth": 20}, "cifar10", mixed_precision="mixed_bfloat16"),
        Recipe("hamiltonian_net74-cifar10", "HamiltonianNet", {"depth": 74}, "cifar10", epochs=45, learning_rate=0.1),
        Recipe(
            "thin_fractalnet20-cifar10",
            "FractalNet",
            {"depth": 20, "filters": 16, "drop_path": 0.15},
            "cifar10",
            learning_rate=0.1,
            mixed_precision="mixed_bfloat16",
        ),
        Recipe(
            "resnet38_refined-cifar10",
            "ResNet",
            {"depth": 38, "step_size": 0.5},
            "cifar10",
            epochs=20,
            refines="resnet20-cifar10",
        ),
        Recipe("resnet6_mnist-mnist", "ResNetMNIST", {}, "mnist", epochs=10, learning_rate=0.1, flip=False),
        Recipe(
            "odenet_mnist-mnist",
            "ODENetMNIST",
            {},
            "mnist",
            epochs=10,
            learning_rate=0.1,
            flip=False,
            trained_as=MIDPOINT,
        ),
        Recipe(
            "odenet_mnist-fashion_mnist",
            "ODENetMNIST",
            {},
            "fashion_mnist",
            epochs=15,
            learning_rate=0.1,
            mixed_precision="mixed_bfloat16",
            trained_as=MIDPOINT,
        ),
        Recipe(
            "odenet_cifar-cifar10",
            "ODENetCIFAR",
            {},
            "cifar10",
            epochs=24,
            learning_rate=0.1,
            mixed_precision="mixed_bfloat16",
            trained_as=MIDPOINT,
        ),
        *_imagenet("resnet18v2", "ResNetV2", 18),
        *_imagenet("resnet50v2", "ResNetV2", 50),
        *_imagenet("lm_resnet50", "LMResNetV2", 50),
    )
}


def get(name: str) -> Recipe:
    """The recipe of that NAME.

    ``<recipe>.seed<N>`` is the same recipe with seed N (1, 2, …) under that name: a further run, from which
    the spread over seeds is computed.

    Raises ``ValueError`` that names the nearest if there is none.
    """
    seeded = SEED.fullmatch(name)
    if seeded is None:
        return RECIPES[_check.known(name, RECIPES, "recipe")]
    base, seed = seeded.groups()
    return dataclasses.replace(get(base), name=name, seed=int(seed))


def base(name: str) -> str:
    """The name of the recipe that a NAME, perhaps of a further seed, was made by."""
    return SEED.sub(r"\1", name)
