"""The training of the flows of the toys in the plane, and their measure."""

from collections.abc import Callable

import keras
import numpy as np

from zoo import applications
from zoo.data import toys
from zoo.flows import FlowModel
from zoo.training.toy_recipes import ToyRecipe

TEST_SEED, TEST_POINTS = 2_000, 20_000
"""The points that a flow of a toy is measured on."""


def train(recipe: ToyRecipe, after: Callable[[str, FlowModel], object] = lambda objective, flow: None) -> FlowModel:
    """The trained flow, the same whenever it is called on the same machine.

    Args:
        recipe: See ``ToyRecipe``.
        after: Called with the objective and the flow after each training, by ``"flow_matching"`` and by
            ``"likelihood"``, if it is of any updates. Defaults to nothing.
    """
    keras.utils.set_random_seed(recipe.seed)
    build = applications.registered()["FFJORD"]
    flow = build(recipe.dataset, weights=None)
    points = toys.sample(recipe.dataset, recipe.points, seed=recipe.seed + 1_000)
    if matchings := recipe.epochs * (recipe.points // recipe.batch_size):
        compiled = recipe.jit_compile and recipe.coupling == "independent"
        flow.compile(
            "flow_matching", recipe.coupling, optimizer=_adam(recipe.learning_rate, matchings), jit_compile=compiled
        )
        flow.fit(points, batch_size=recipe.batch_size, epochs=recipe.epochs, verbose=0)
        after("flow_matching", flow)
    if recipe.updates:
        trained = build(recipe.dataset, weights=None, **_solver(recipe))
        trained.set_weights(flow.get_weights())
        trained.compile(
            "likelihood", optimizer=_adam(recipe.likelihood_rate, recipe.updates), jit_compile=recipe.jit_compile
        )
        given = np.resize(points, (recipe.updates * recipe.batch_size, 2))
        trained.fit(given, batch_size=recipe.batch_size, verbose=0)
        flow.set_weights(trained.get_weights())
        after("likelihood", flow)
    return flow


def _solver(recipe):
    """That of the training by likelihood."""
    if recipe.steps is None:
        return {"rtol": recipe.tolerance, "atol": recipe.tolerance}
    return {"solver": "rk4", "steps": recipe.steps}


def _adam(rate, updates):
    return keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(rate, updates, alpha=0.01))


def measured(flow: FlowModel, dataset: str, count: int = TEST_POINTS) -> tuple[float, float]:
    """The mean negative log likelihood of the first test points of a toy in nats: by the flow, and by the true density;
    of all of them by default."""
    points = toys.sample(dataset, TEST_POINTS, seed=TEST_SEED)[:count]
    return float(-np.mean(flow.log_prob(points))), float(-np.mean(toys.log_density(dataset, points)))


def line(flow: FlowModel, dataset: str, count: int = TEST_POINTS) -> str:
    """What ``measured`` gives, in words."""
    nll, true = measured(flow, dataset, count)
    count = min(count, TEST_POINTS)
    return f"{flow.name}: nll {nll:.4f} nats on {count:,} test points of {dataset}; the true density's {true:.4f}"
