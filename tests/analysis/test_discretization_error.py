"""The error of a discretisation: its estimate against the flow, labels that are settled, and companions."""

import keras
import numpy as np
import pytest

from zoo import applications, layers
from zoo.analysis import discretization_error
from zoo.analysis.discretization_error import SETTLING, Estimate, companion, estimate, until_settled
from zoo.analysis.work_precision import Setting
from zoo.numerics import TABLEAUS

TRUTH = Setting("rk4", 16)


@pytest.fixture(scope="module")
def smooth():
    """A classifier of points around a smooth field, so that methods have their order."""
    keras.utils.set_random_seed(3)
    inputs = keras.Input((4,))
    field = keras.layers.Dense(4, "tanh", kernel_initializer="orthogonal", name="field")
    flow = layers.RungeKutta(field, "midpoint", 0.5, 2, name="stage1")
    outputs = keras.layers.Dense(3, "softmax", kernel_initializer=keras.initializers.RandomNormal(stddev=2.0))
    return keras.Model(inputs, outputs(flow(inputs)), name="smooth")


@pytest.fixture(scope="module")
def points():
    return np.random.default_rng(0).normal(size=(60, 4)).astype("float32")


@pytest.fixture(scope="module")
def truth(smooth, points):
    return estimate(smooth, points, TRUTH)


@pytest.mark.parametrize("setting", [Setting("euler", 8), Setting("midpoint", 4), Setting("rk4", 2)], ids=str)
def test_against_twice_the_step_e_is_the_error_times_what_the_order_says(smooth, points, truth, setting):
    found = estimate(smooth, points, setting)
    error = np.max(np.abs(found.logits - truth.logits), -1)
    order = TABLEAUS[setting.solver].order
    assert np.median(found.error / error) == pytest.approx(2**order - 1, rel=0.4)
    assert order == 1 or np.mean(error <= found.error) > 0.95
    assert np.median(error) > 1e-4  # far above the rounding


def test_a_settled_label_is_that_of_the_flow(smooth, points, truth):
    found = estimate(smooth, points, Setting("euler", 1))
    assert np.array_equal(found.labels[found.settled], truth.labels[found.settled])
    assert 0.2 < np.mean(found.settled) < 1
    assert np.any(found.labels != truth.labels)  # those that flip are not called settled


def test_what_is_not_settled_is_refined_and_costs_its_evaluations(smooth, points, truth):
    found = until_settled(smooth, points)
    assert np.all(found.settled)
    assert np.array_equal(found.labels, truth.labels)
    ladder = np.cumsum([each.steps * TABLEAUS[each.solver].stages for each in SETTLING])
    assert set(found.nfe) <= set(ladder[1:])
    assert len(set(found.nfe)) > 1


def test_adaptive_steps_are_compared_with_a_tenth_of_the_tolerance(smooth, points, truth):
    found = estimate(smooth, points[:7], Setting("bosh3", tolerance=1e-2))
    error = np.max(np.abs(found.logits - truth.logits[:7]), -1)
    assert 0 < np.max(error) < 3 * np.max(found.error) < 30 * np.max(error)
    assert np.all(found.nfe >= 8)


def test_pictures_of_an_ode_net():
    keras.utils.set_random_seed(0)
    model = applications.ODENetMNIST(weights=None, filters=8, solver="euler", steps=2)
    images = np.random.default_rng(0).integers(0, 256, (5, 28, 28, 1)).astype("uint8")
    found = estimate(model, images, Setting("euler", 2), batch_size=3)
    assert found.nfe.tolist() == [3] * 5
    np.testing.assert_allclose(keras.ops.softmax(found.logits), model(images), atol=1e-5)


@pytest.mark.parametrize(
    ("setting", "other"),
    [
        (Setting("euler", 1), Setting("midpoint", 1)),
        (Setting("euler", 2), Setting("euler", 1)),
        (Setting("midpoint", 1), Setting("euler", 1)),
        (Setting("rk4", 1), Setting("midpoint", 1)),
        (Setting("heun", 1), Setting("heun", 2)),
        (Setting("rk4", 3), Setting("rk4", 6)),
        (Setting("dopri5", tolerance=1e-3), Setting("dopri5", tolerance=1e-4)),
    ],
    ids=str,
)
def test_companion(setting, other):
    assert companion(setting) == other


def test_an_answer_that_is_not_finite_is_not_settled():
    logits = np.array([[3.0, 1.0], [3.0, 1.0], [np.nan, 1.0]])
    found = Estimate(logits, np.array([0.9, 1.1, 0.1]), np.ones(3))
    assert found.settled.tolist() == [True, False, False]
    assert discretization_error.distance(logits, logits[::-1])[1] == 0


def test_what_is_no_flow_or_no_classifier_is_refused(smooth, points):
    with pytest.raises(ValueError, match="differs from step to step"):
        estimate(applications.ResNet(depth=14, weights=None), np.zeros((1, 32, 32, 3)), Setting("euler", 1))
    with pytest.raises(ValueError, match="softmax nor logits"):
        estimate(keras.Model(smooth.input, keras.ops.tanh(smooth.output)), points, Setting("euler", 1))
    with pytest.raises(ValueError, match="number of settings"):
        until_settled(smooth, points, [TRUTH])
