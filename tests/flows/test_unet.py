"""The U-Net field: times, classes, shapes; and the batches that flow matching trains it on."""

import keras
import numpy as np
import pytest

from zoo.flows import UNet
from zoo.training.matching import MatchingBatches, regression
from zoo.training.recipe import MatchingRecipe

RNG = np.random.default_rng(0)


def trained(**options):
    """A small U-Net whose weights are not at their start, where it is zero."""
    field = UNet(8, (1, 2), groups=4, **options)
    field(np.zeros(2, "float32"), np.zeros((2, 8, 8, 1), "float32"))
    for weight in field.trainable_variables:
        weight.assign(0.3 * RNG.normal(size=weight.shape) + (weight.name == "gamma"))
    return field


def test_it_starts_at_zero():
    field = UNet(8, (1, 2), groups=4, classes=3)
    assert not np.any(field(np.float32(0.3), RNG.normal(size=(2, 8, 8, 1)).astype("float32"), np.array([0, 2])))


@pytest.mark.parametrize("patch", [1, 2])
def test_one_time_for_all_is_the_same_time_for_each(patch):
    field, u = trained(classes=3, patch=patch), RNG.normal(size=(3, 8, 8, 1)).astype("float32")
    numbers = np.array([2, 0, 1])
    together = field(np.float32(0.3), u, numbers)
    each = field(np.full(3, 0.3, "float32"), u, numbers)
    np.testing.assert_allclose(together, each, atol=1e-5)
    alone = [field(np.float32(0.3), u[k : k + 1], numbers[k : k + 1])[0] for k in range(3)]
    np.testing.assert_allclose(together, alone, atol=1e-4)


def test_it_sees_time_and_class():
    field, u = trained(classes=3), RNG.normal(size=(2, 8, 8, 1)).astype("float32")

    def of(t, number):
        return np.asarray(field(np.float32(t), u, *[] if number is None else [np.full(2, number)]))

    assert np.abs(of(0.3, 0) - of(0.8, 0)).max() > 0.01
    assert np.abs(of(0.3, 0) - of(0.3, 1)).max() > 0.01
    np.testing.assert_allclose(of(0.3, None), of(0.3, 3), atol=1e-5)


def test_its_configuration_is_whole():
    field = UNet(16, (1, 3), 2, 4, classes=5, patch=1)
    again = UNet.from_config(field.get_config())
    assert again.get_config() == field.get_config()
    u = np.zeros((1, 8, 8, 2), "float32")
    assert again(np.zeros(1, "float32"), u).shape == u.shape


def test_sides_and_groups_that_do_not_fit():
    with pytest.raises(ValueError, match="multiples of 4"):
        UNet(8, (1, 2), groups=4)(np.float32(0), np.zeros((1, 10, 8, 1), "float32"))
    with pytest.raises(ValueError, match="multiple of 2 · groups"):
        UNet(12, groups=8)


def test_time_is_exact_in_half_precision():
    """Times that are one in bfloat16 are two to the network."""
    field = UNet(8, (1,), groups=4, dtype="mixed_bfloat16")
    times = np.array([0.97, 0.9705], "float32")
    u = np.zeros((2, 4, 4, 1), "float32")
    assert field(times, u).dtype == "bfloat16"
    seen = []
    field.clock[0].call = lambda angles: seen.append(angles) or keras.ops.zeros((2, 32), "bfloat16")
    field(times, u)
    assert np.abs(np.diff(keras.ops.convert_to_numpy(keras.ops.cast(seen[0], "float32")), axis=0)).max() > 0.02


def batches(**changes):
    recipe = MatchingRecipe("flownet-mnist", "FlowNet", {}, "mnist", epochs=2, batch_size=50, seed=3, **changes)
    images = RNG.integers(0, 256, (400, 4, 4, 1)).astype("uint8")
    return MatchingBatches(recipe, images, np.arange(400, dtype="int32") % 10, 10), images


def test_a_batch_is_on_straight_lines_from_noise_to_pictures():
    made, images = batches()
    (inputs, velocity) = made.batch(5)
    t = inputs["t"][:, None, None, None]
    x = inputs["u"] + (1 - t) * velocity
    rows = made.order(0)[250:300]
    np.testing.assert_allclose((x + 1) * 128, images[rows] + 0.5, atol=0.501)
    z = inputs["u"] - t * velocity
    assert abs(z.mean()) < 0.1
    assert z.std() == pytest.approx(1, abs=0.1)


def test_a_share_of_the_classes_is_not_told_and_a_batch_is_a_function_of_its_number():
    made, _ = batches(drop_condition=0.3)
    told = np.concatenate([made.batch(k)[0]["condition"] for k in range(16)])
    labels = np.concatenate([made.labels[made.order(epoch)] for epoch in (0, 1)])
    assert (told == 10).mean() == pytest.approx(0.3, abs=0.06)
    np.testing.assert_array_equal(told[told != 10], labels[told != 10])
    again, other = batches(drop_condition=0.3)[0], made.batch(7)[0]["t"]
    np.testing.assert_array_equal(again.batch(7)[0]["t"], other)
    assert np.any(made.batch(8)[0]["t"] != other)


def test_the_regression_trains_every_weight():
    made, _ = batches()
    model = regression(UNet(8, (1,), groups=4, classes=10), (4, 4, 1))
    before = [weight.numpy() for weight in model.trainable_variables]
    model.compile(keras.optimizers.Adam(0.01), "mse")
    model.fit(made, shuffle=False, verbose=0)
    moved = [np.abs(weight.numpy() - old).max() for weight, old in zip(model.trainable_variables, before, strict=True)]
    assert min(moved) > 0
