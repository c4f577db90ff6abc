"""Recipes of the flows of the toys in the plane."""

import dataclasses

from zoo import _check


@dataclasses.dataclass(frozen=True)
class ToyRecipe:
    """How a flow of a toy is trained: by flow matching, which is fast, and then by likelihood, which is sharp.

    Adam in both, with a rate that falls to a hundredth along a cosine. In the second the trace is exact, and the
    equation is solved in equal steps of rk4 or, where those would be fooled, in adaptive ones of dopri5.

    Attributes:
        dataset: The toy.
        points: How many points it is trained on.
        epochs: Passes over them by flow matching.
        coupling: See ``zoo.flows.FlowModel.compile``.
        learning_rate: The first rate of flow matching.
        updates: Of the training by likelihood.
        likelihood_rate: Its first rate.
        steps: Of rk4 in it; ``None`` for adaptive steps.
        tolerance: rtol and atol of adaptive steps.
        batch_size: Points in an update.
        jit_compile: Whether XLA compiles the updates, those of an optimal-transport coupling aside, which it cannot.
        seed: The seed of weights, order and noise; the points are those of the seed 1,000 more.
    """

    dataset: str
    points: int = 262_144
    epochs: int = 80
    coupling: str = "independent"
    learning_rate: float = 5e-3
    updates: int = 1024
    likelihood_rate: float = 1e-3
    steps: int | None = 8
    tolerance: float = 1e-3
    batch_size: int = 512
    jit_compile: bool = True
    seed: int = 0

    @property
    def name(self) -> str:
        """NAME of what is trained."""
        return f"ffjord-{self.dataset}"


TOY_RECIPES = {
    recipe.name: recipe
    for recipe in (
        ToyRecipe("8gaussians", epochs=10, learning_rate=3e-3),
        ToyRecipe("moons"),
        ToyRecipe("circles"),
        ToyRecipe("rings", epochs=320, updates=2048, likelihood_rate=3e-3, steps=None),
        ToyRecipe("pinwheel", updates=2048, steps=16),
        ToyRecipe("swissroll", updates=2048, steps=16),
        ToyRecipe("2spirals", updates=2048, steps=16),
        ToyRecipe("checkerboard", updates=2048, likelihood_rate=3e-3, steps=None),
    )
}
"""Every recipe by the NAME of what it trains; thin curves and sharp edges take longer."""


def get(name: str) -> ToyRecipe:
    """The recipe of that NAME; raises ``ValueError`` that names the nearest if there is none."""
    return TOY_RECIPES[_check.known(name, TOY_RECIPES, "recipe of a toy")]
