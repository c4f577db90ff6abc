"""The training of the flows of the toys: first by flow matching, then by likelihood."""

import dataclasses

import numpy as np
import pytest

from zoo.data import toys
from zoo.training import toy_recipes, toy_training

SHORT = dataclasses.replace(
    toy_recipes.get("ffjord-moons"), points=1024, epochs=2, updates=4, steps=1, likelihood_rate=1e-2, jit_compile=False
)


@pytest.mark.slow
def test_the_training_by_likelihood_goes_on_from_that_by_flow_matching():
    found = {}

    def after(objective, flow):
        found[objective] = float(-np.mean(flow.log_prob(toys.sample("moons", 500, seed=3), solver="rk4", steps=2)))

    flow = toy_training.train(SHORT, after)
    assert list(found) == ["flow_matching", "likelihood"]
    assert found["likelihood"] < found["flow_matching"]
    assert flow.flows[0].steps is None  # the grid was that of the training


@pytest.mark.slow
def test_adaptive_steps_of_the_tolerance_train_too(monkeypatch):
    seen = []
    build = toy_training.applications.registered()["FFJORD"]

    def recorded(*arguments, **keywords):
        seen.append(keywords)
        return build(*arguments, **keywords)

    monkeypatch.setattr(toy_training.applications, "registered", lambda: {"FFJORD": recorded})
    recipe = dataclasses.replace(SHORT, points=64, batch_size=32, epochs=0, updates=1, steps=None, tolerance=1e-2)
    flow = toy_training.train(recipe)
    assert [each.get("rtol") for each in seen] == [None, 1e-2]
    assert flow.flows[0].rtol == 1e-5
    zeros = [sum(not np.any(weight) for weight in each.get_weights()) for each in (flow, build("moons", weights=None))]
    assert zeros[0] < zeros[1]  # those of the last layer have moved
