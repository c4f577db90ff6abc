"""Training recipes: one row for each network that can be trained by name."""

import dataclasses
import re

from zoo import _check
from zoo.training.recipe import Recipe

MIDPOINT = {"solver": "midpoint", "steps": 2}
"""The grid on which ODE-Nets are trained: four evaluations of f a stage."""

SEED = re.compile(r"(.+)\.seed([1-9]\d*)")

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
