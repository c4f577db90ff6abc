"""The training of the flows of the toys in the plane, and their measure."""

import keras
import numpy as np

from zoo import applications
from zoo.data import toys
from zoo.flows import FlowModel
from zoo.training.toy_recipes import ToyRecipe

TEST_SEED, TEST_POINTS = 2_000, 20_000
"""The points that a flow of a toy is measured on."""


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


def line(flow: FlowModel, dataset: str) -> str:
    """What ``measured`` gives, in words."""
    nll, true = measured(flow, dataset)
    return f"{flow.name}: nll {nll:.4f} nats on {TEST_POINTS:,} test points of {dataset}; the true density's {true:.4f}"
