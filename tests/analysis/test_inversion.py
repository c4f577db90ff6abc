"""An i-RevNet loses nothing: its last two states give the picture back."""

import keras
import numpy as np
import pytest

from zoo import analysis, applications


def pictures(channels=3):
    return np.random.default_rng(0).integers(0, 256, (2, 32, 32, channels)).astype("float32")


def away(model):
    """The model with weights away from their initial values, statistics included."""
    generator = np.random.default_rng(1)
    for variable in model.weights:
        noise = generator.uniform(0.01, 0.2, variable.shape)
        variable.assign(variable * (1 + noise) + (0 if variable.name == "kernel" else noise))
    return model


@pytest.fixture
def double():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float64")
    yield
    keras.config.set_dtype_policy(before)


@pytest.mark.parametrize("channels", [3, 1])
def test_the_picture_comes_back_from_the_last_states(double, channels):
    model = away(applications.IRevNet(weights=None, depth=13, input_shape=(32, 32, channels)))
    states = analysis.last_states(model, pictures(channels))
    assert [state.shape for state in states] == [(2, 4, 4, 96)] * 2
    again = analysis.picture_of(model, states)
    assert again.dtype == "float64"
    assert np.abs(again - pictures(channels)).max() < 1e-8
    states[0][0, 0, 0, 0] += 1  # and other states are another picture
    assert np.abs(analysis.picture_of(model, states) - again)[0].max() > 1


def test_in_float32_rounding_is_all_that_is_lost():
    model = away(applications.IRevNet(weights=None, depth=13, include_top=False, input_shape=(32, 32, 3)))
    again = analysis.picture_of(model, analysis.last_states(model, pictures()))
    assert 0 < np.abs(again - pictures()).max() < 2e-3


def test_the_last_states_are_what_the_head_sees():
    model = away(applications.IRevNet(weights=None, depth=13, input_shape=(32, 32, 3)))
    u, before = analysis.last_states(model, pictures())
    joined = keras.Model(model.input, model.get_layer("head_states").output)(pictures())
    np.testing.assert_array_equal(joined, np.concatenate([before, u], axis=-1))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: analysis.last_states(applications.ResNet(weights=None, depth=8), pictures()), "which has none"),
        (lambda: analysis.picture_of(keras.Sequential([keras.layers.ReLU()]), []), "functional model"),
        (lambda: analysis.picture_of(applications.IRevNet(weights=None, depth=13), pictures()), "last_states returns"),
    ],
)
def test_what_has_no_last_states(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_network_that_loses_something_says_where():
    model = applications.LMResNet(weights=None, depth=14, input_shape=(8, 8, 3))
    states = analysis.last_states(model, pictures()[:, :8, :8])
    with pytest.raises(ValueError, match="lm_resnet_depth14, in which nothing undoes stage3_block1_shortcut"):
        analysis.picture_of(model, states)
