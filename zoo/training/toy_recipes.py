"""Recipes of the flows of the toys in the plane, and their training."""

import dataclasses

import keras
import numpy as np

from zoo import _check, applications
from zoo.data import toys
from zoo.flows import FlowModel


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

TEST_SEED, TEST_POINTS = 2_000, 20_000
"""The points that a flow of a toy is measured on."""


def get(name: str) -> ToyRecipe:
    """The recipe of that NAME; raises ``ValueError`` that names the nearest if there is none."""
    return TOY_RECIPES[_check.known(name, TOY_RECIPES, "recipe of a toy")]


def train(recipe: ToyRecipe) -> FlowModel:
    """The trained flow, the same whenever it is called on the same machine."""
    keras.utils.set_random_seed(recipe.seed)
    flow = applications.registered()["FFJORD"](recipe.dataset, weights=None)
    updates = recipe.epochs * (recipe.points // recipe.batch_size)
    rate = keras.optimizers.schedules.CosineDecay(recipe.learning_rate, updates, alpha=0.01)
    matching = recipe.objective == "flow_matching"
    flow.compile(recipe.objective, optimizer=keras.optimizers.Adam(rate), jit_compile=matching)
    points = toys.sample(recipe.dataset, recipe.points, seed=recipe.seed + 1_000)
    flow.fit(points, batch_size=recipe.batch_size, epochs=recipe.epochs, verbose=0)
    return flow


def measured(flow: FlowModel, dataset: str) -> tuple[float, float]:
    """The mean negative log likelihood of the test points of a toy in nats: by the flow, and by the true density."""
    points = toys.sample(dataset, TEST_POINTS, seed=TEST_SEED)
    return float(-np.mean(flow.log_prob(points))), float(-np.mean(toys.log_density(dataset, points)))
