"""The dial of an exported model: one signature for each setting, each equal to the model at that setting."""

import keras
import numpy as np
import pytest

import zoo
from zoo import analysis, applications, layers
from zoo.data import pictures
from zoo.serving.exporting import dials


def net(stage):
    """A classifier around a stage that is a flow, whose field is far from zero."""
    image = keras.Input((8, 8, 1), name="image")
    u = keras.layers.Dense(4)(keras.layers.Flatten()(keras.layers.Rescaling(1 / 255)(image)))
    u = stage(u)
    stage.fields[0].kernel.assign(np.random.default_rng(0).normal(0, 3, (4, 4)))
    return keras.Model(image, keras.layers.Dense(3, "softmax")(u))


@pytest.mark.slow
def test_each_setting_is_the_network_at_that_setting(tmp_path, elsewhere, photos):
    model = net(layers.RungeKutta(keras.layers.Dense(4, "tanh"), "midpoint", 0.5, 2))
    zoo.export(model, tmp_path, dial=["steps=3", "euler:steps=2"])
    settings = {
        "serving_steps_3": ("midpoint", 3),
        "serving_euler_steps_2": ("euler", 2),
    }
    images = photos(3)
    answers = elsewhere(tmp_path, *((name, images) for name in settings), ("serving_euler_steps_2", images[:1]))
    for (solver, steps), outputs in zip(settings.values(), answers, strict=False):
        other = zoo.rediscretize(model, solver, steps=steps)
        np.testing.assert_allclose(outputs["probabilities"], other(pictures.fit(images, (8, 8), 1)), atol=1e-5)
        assert outputs["nfe"].tolist() == 3 * [analysis.work_precision.evaluations(other, images)]
        setting = analysis.work_precision.Setting(solver, steps)
        bar = analysis.discretization_error.estimate(model, pictures.fit(images, (8, 8), 1).numpy(), setting)
        np.testing.assert_allclose(outputs["discretization_error"], bar.error, rtol=1e-3, atol=1e-5)
        np.testing.assert_array_equal(outputs["settled"], bar.settled)
    np.testing.assert_allclose(answers[2]["probabilities"], answers[1]["probabilities"][:1], atol=1e-5)


@pytest.mark.slow
def test_adaptive_steps_are_each_picture_s_own(tmp_path, elsewhere, photos):
    model = net(layers.ODE(keras.layers.Dense(4, "tanh"), solver="bosh3", rtol=1e-1, atol=1e-1))
    zoo.export(model, tmp_path, dial=["rtol=1e-4"])
    images = np.concatenate([photos(2), np.zeros((2, 40, 60, 3), np.uint8)])
    name = "serving_rtol_1e-4"
    together, alone, coarse = elsewhere(tmp_path, (name, images), (name, images[:1]), ("serving_default", images))
    np.testing.assert_allclose(alone["probabilities"], together["probabilities"][:1], atol=1e-5)
    assert together["nfe"].shape == (4,)
    assert together["nfe"][0] == alone["nfe"][0]
    assert len(set(together["nfe"].tolist())) > 1
    assert not np.allclose(coarse["probabilities"], together["probabilities"], atol=1e-5)
    assert not model.get_layer(index=4).per_sample


@pytest.mark.slow
def test_the_columns_of_a_fractal_net_are_a_dial(tmp_path, elsewhere, photos, away):
    model = away(applications.FractalNet(weights=None, depth=10, filters=4, input_shape=(32, 32, 3)))
    zoo.export(model, tmp_path, dial=["column=1"])
    (outputs,) = elsewhere(tmp_path, ("serving_column_1", photos()))
    expected = analysis.column(model, 1)(pictures.fit(photos(), (32, 32)))
    np.testing.assert_allclose(outputs["probabilities"], expected, atol=1e-5)
    assert outputs["nfe"].tolist() == [5, 5]
    assert "settled" not in outputs


def test_a_dial_is_read_or_refused():
    read = dials.settings(["steps=1,2", "midpoint:steps=4", "rtol=1e-3", "column=2", "steps=1"])
    names = ["steps_1", "steps_2", "midpoint_steps_4", "rtol_1e-3", "column_2"]
    assert [each.signature for each in read] == [f"serving_{name}" for name in names]
    for text in ("", "4", "steps=0", "steps=1.5", "rtol=-1", "rtol=nan", "column=x", "rk4:column=1", "depth=3"):
        with pytest.raises(ValueError, match="Expected a dial of steps=N, rtol=R or column=N"):
            dials.settings([text])
