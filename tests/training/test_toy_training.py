"""The training of the flows of the toys: first by flow matching, then by likelihood, the same whenever it is called."""

import dataclasses

import numpy as np

from zoo.training import toy_recipes, toy_training

SHORT = dataclasses.replace(
    toy_recipes.get("ffjord-moons"), points=1024, epochs=2, updates=4, steps=1, likelihood_rate=1e-2, jit_compile=False
)


def test_each_training_lowers_the_negative_log_likelihood_and_is_the_same_again():
    found = {}

    def after(objective, flow):
        found[objective] = float(-np.mean(flow.log_prob(toy_training.toys.sample("moons", 500, seed=3), steps=4)))

    flow = toy_training.train(SHORT, after)
    assert list(found) == ["flow_matching", "likelihood"]
    untrained = toy_training.train(dataclasses.replace(SHORT, epochs=0, updates=0))
    points = toy_training.toys.sample("moons", 500, seed=3)
    assert found["likelihood"] < found["flow_matching"] < float(-np.mean(untrained.log_prob(points, steps=4)))
    again = toy_training.train(SHORT)
    for one, other in zip(flow.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
