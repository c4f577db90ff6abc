"""FlowNet: its size, its units, its classes, other pictures; what an affine bijection says of itself."""

import keras
import numpy as np
import pytest
from descriptors import DENSITIES

import zoo
from zoo import applications
from zoo.flows import Affine
from zoo.weights import keys

EULER = {"solver": "euler", "steps": 2}


@pytest.fixture(scope="module")
def flow():
    keras.utils.set_random_seed(0)
    return applications.FlowNet(weights=None, channels=16, levels=1)


@pytest.mark.parametrize("row", DENSITIES, ids=lambda row: row.function.name)
def test_sizes(row):
    for name, parameters in row.parameters.items():
        model = applications.build(name, weights=None)
        assert model.name == name
        assert sum(variable.value.shape.num_elements() for variable in model.trainable_variables) == parameters


def test_samples_are_pixels_and_the_start_is_noise(flow):
    samples = flow.sample(64, seed=0, condition=7, guidance=2.0, **EULER)
    assert samples.nfe == 4
    assert samples.values.shape == (64, 28, 28, 1)
    assert samples.values.mean() == pytest.approx(128, abs=2)
    assert samples.values.std() == pytest.approx(128, rel=0.02)


def test_the_density_is_in_pixels(flow):
    x = np.random.default_rng(0).uniform(0, 256, (3, 28, 28, 1)).astype("float32")
    z = (x - 128) / 128
    normal = -0.5 * (z**2).sum(axis=(1, 2, 3)) - 784 * (0.5 * np.log(2 * np.pi) + np.log(128))
    np.testing.assert_allclose(flow.log_prob(x, condition=[0, 9, 10], **EULER), normal, rtol=1e-4)


def test_a_class_that_does_not_exist(flow):
    with pytest.raises(ValueError, match="no such class"):
        flow.sample(2, condition=11, **EULER)


def test_other_pictures():
    flow = applications.FlowNet(weights=None, event_shape=(32, 32, 1), classes=None, channels=16)
    assert flow.sample(2, seed=0, **EULER).values.shape == (2, 32, 32, 1)
    with pytest.raises(ValueError, match="multiples of 8"):
        applications.FlowNet(weights=None, levels=3, channels=16)
    with pytest.raises(ValueError, match="fashion_mnist"):
        applications.FlowNet("fashion-mnist")


def test_a_preset_gives_the_flow_back(flow, tmp_path):
    again = zoo.load(zoo.save(flow, tmp_path / "preset"))
    assert again.classes == 10
    assert applications.identity.origin(again)["keywords"] == flow.origin["keywords"]
    noise = np.random.default_rng(0).normal(size=(2, 28, 28, 1)).astype("float32")
    expected, made = (each.sample(2, noise=noise, condition=1, **EULER).values for each in (flow, again))
    np.testing.assert_allclose(made, expected, atol=1e-3)


def test_keys_are_places(flow):
    found = set(keys.named_weights(flow))
    assert {"transform1/field/stem/kernel", "transform1/field/up1_block1/conv1/kernel"} <= found
    assert len(found) == len(flow.trainable_variables)


def test_an_affine_bijection():
    layer, z = Affine(-3.0, 2.0), np.random.default_rng(0).normal(size=(4, 5)).astype("float32")
    x, change = layer.forward(z)
    np.testing.assert_allclose(x, 2 - 3 * z, rtol=1e-6)
    np.testing.assert_allclose(change, np.full(4, 5 * np.log(3)), rtol=1e-6)
    back, undone = layer.inverse(x)
    np.testing.assert_allclose(back, z, atol=1e-6)
    np.testing.assert_allclose(undone, -np.asarray(change))
    with pytest.raises(ValueError, match="scale=0"):
        Affine(0.0)
