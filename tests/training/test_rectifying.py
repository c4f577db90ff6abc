"""Rectified flow: pairs of a known flow, whose lines do not cross."""

import numpy as np
import pytest

from zoo.data.datasets import Dataset
from zoo.flows import CNF, Affine, FlowModel, UNet
from zoo.training import plans, rectifying
from zoo.training.recipe import MatchingRecipe

RECIPE = MatchingRecipe("a", "FlowNet", {}, "b", 2, 2, 8, teacher="c", pairs=24, drop_condition=0.0)
WAY = rectifying.Way("euler", 2, 1.0)


@pytest.fixture(scope="module")
def halving():
    """x = 64 z + 128, so that scaled to [-1, 1] it is z/2: a U-Net starts at zero."""
    return FlowModel([CNF(UNet(8, (1,), groups=4, classes=3)), Affine(64.0, 128.0)], (4, 4, 1), classes=3)


@pytest.fixture(scope="module")
def dataset():
    none = np.zeros((0, 4, 4, 1), np.uint8)
    return Dataset("b", none, np.zeros(0, np.int32), none, np.zeros(0, np.int32), ("x", "y", "z"))


def test_what_is_learnt_is_a_function_of_the_place(halving, dataset, tmp_path):
    given = rectifying.taught(halving, WAY, RECIPE, dataset, tmp_path)
    np.testing.assert_array_equal(given.y_train, np.arange(24) % 3)
    batches = rectifying.RectifyingBatches(RECIPE, given.x_train, given.y_train)
    assert (batches.steps, batches.updates) == (3, 6)
    for update in range(6):
        inputs, velocity = batches.batch(update)
        t = inputs["t"][:, None, None, None]
        np.testing.assert_allclose(velocity, -inputs["u"] / (2 - t), atol=1e-5)  # u = (1 − t/2) z
        assert velocity.std() > 0.3
        again, _ = batches.batch(update)
        np.testing.assert_array_equal(inputs["u"], again["u"])
    assert not np.array_equal(batches.batch(0)[0]["t"], batches.batch(3)[0]["t"])


def test_the_pairs_of_a_run_are_made_once(halving, dataset, tmp_path):
    made = rectifying.taught(halving, WAY, RECIPE, dataset, tmp_path / "run")
    again = rectifying.taught(None, WAY, RECIPE, dataset, tmp_path / "run")
    np.testing.assert_array_equal(made.x_train, again.x_train)


def test_a_recipe_with_a_teacher_trains_on_pairs(halving, dataset, tmp_path):
    plan = plans.of(halving, RECIPE, rectifying.taught(halving, WAY, RECIPE, dataset, tmp_path))
    assert isinstance(plan.batches, rectifying.RectifyingBatches)
    assert plan.model.inputs[0].shape == (None,)
