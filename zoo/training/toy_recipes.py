"""Recipes of the flows of the toys in the plane."""

import dataclasses

from zoo import _check
from zoo.data import toys


@dataclasses.dataclass(frozen=True)
class ToyRecipe:
    """How a flow of a toy is trained: Adam with a rate that falls to a hundredth along a cosine.

    Attributes:
        dataset: The toy.
        objective: See ``zoo.flows.FlowModel.compile``.
        points: How many points it is trained on.
        epochs: Passes over them.
        batch_size: Points in an update.
        learning_rate: The first rate.
        seed: The seed of weights, order and noise; the points are those of the seed 1,000 more.
    """

    dataset: str
    objective: str = "flow_matching"
    points: int = 262_144
    epochs: int = 10
    batch_size: int = 512
    learning_rate: float = 3e-3
    seed: int = 0

    @property
    def name(self) -> str:
        """NAME of what is trained."""
        return f"ffjord-{self.dataset}"


TOY_RECIPES = {recipe.name: recipe for recipe in map(ToyRecipe, toys.TOYS)}
"""Every recipe by the NAME of what it trains."""


def get(name: str) -> ToyRecipe:
    """The recipe of that NAME; raises ``ValueError`` that names the nearest if there is none."""
    return TOY_RECIPES[_check.known(name, TOY_RECIPES, "recipe of a toy")]
