"""Training recipes: one row for each network that can be trained by name."""

import dataclasses
import re

from zoo import _check


@dataclasses.dataclass(frozen=True)
class Recipe:
    """How a network is trained: SGD with Nesterov momentum on cross-entropy plus L2.

    The loss is ``mean cross-entropy + (l2 / 2) Σ ‖kernel‖²`` over convolution and dense kernels, inside
    the loss as in the papers (Keras's ``weight_decay`` would be decoupled from the momentum). The
    learning rate is ``zoo.training.schedule.OneCycle``.

    Attributes:
        name: NAME of what is trained, ``<variant>-<tag>``.
        application: Name of the function in ``zoo.applications``.
        kwargs: Its keyword arguments.
        dataset: Name for ``zoo.data.datasets.load``.
        epochs: Passes over the training images.
        batch_size: Images in an update.
        learning_rate: Peak of the one-cycle schedule.
        warmup: Share of the updates in which the rate rises.
        momentum: Of SGD.
        l2: Coefficient of the penalty above.
        augment: Random 4-pixel crop, and a random flip if ``flip``.
        flip: Whether augmentation mirrors: not where that makes another class, such as of digits.
        label_smoothing: ε of Szegedy et al. (2016, arXiv:1512.00567, §7): targets (1 − ε) one-hot + ε/classes.
        clip_norm: Largest global norm of the gradient; 0 does not clip.
        ema: Decay of an exponential average of the weights, which is then what is released; 0 keeps none.
        mixed_precision: Name of Keras's dtype policy, such as ``"mixed_bfloat16"``.
        steps_per_execution: Updates in one call of the compiled function.
        refines: NAME of a released network that is refined (``zoo.analysis.refine``) for the initial weights: the next
            level of the multi-level schedule of Chang et al. (2018, arXiv:1710.10348). Empty starts at random.
        trained_as: Keywords of the application that hold in training instead of ``kwargs`` and change nothing in the
            weights, such as a cheaper solver; what is released and measured has those of ``kwargs``. Defaults to
            ``None``, no others.
        seed: Of the initial weights, the order of the images and their augmentation.
    """

    name: str
    application: str
    kwargs: dict
    dataset: str
    epochs: int = 30
    batch_size: int = 128
    learning_rate: float = 0.2
    warmup: float = 0.2
    momentum: float = 0.9
    l2: float = 5e-4
    augment: bool = True
    flip: bool = True
    label_smoothing: float = 0.0
    clip_norm: float = 0.0
    ema: float = 0.0
    mixed_precision: str = "float32"
    steps_per_execution: int = 1
    refines: str = ""
    trained_as: dict | None = None
    seed: int = 0


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
    """The recipe of that NAME; raises ``ValueError`` that names the nearest if there is none.

    ``<recipe>.seed<N>`` is the same recipe with seed N (1, 2, …) under that name: a further run, from which
    the spread over seeds is computed.
    """
    seeded = SEED.fullmatch(name)
    if seeded is None:
        return RECIPES[_check.known(name, RECIPES, "recipe")]
    base, seed = seeded.groups()
    return dataclasses.replace(get(base), name=name, seed=int(seed))


def base(name: str) -> str:
    """The name of the recipe that a NAME, perhaps of a further seed, was made by."""
    return SEED.sub(r"\1", name)
