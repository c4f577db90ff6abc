"""The latent ODE: its loss is the evidence bound, its encoder reads observed points only; the spirals."""

import keras
import numpy as np
import pytest
import tensorflow_probability as tfp

from zoo import flows
from zoo.data.spirals import STEP, observed, spirals
from zoo.flows._gaussian_sample import GaussianSample

TIMES = [0.2, 0.5, 0.6, 1.0, 1.3]


def network(times=TIMES, **options):
    return flows.LatentODE(times, rtol=1e-6, atol=1e-6, **options)


def series(batch=3, length=5, channels=2):
    values = np.random.default_rng(0).normal(size=(batch, length, channels)).astype("float32")
    return {"values": values, "observed": np.broadcast_to([True, False, True, True, False], (batch, length)).copy()}


def test_the_divergence_is_that_of_two_normal_distributions():
    mean, log_variance = np.random.default_rng(0).normal(size=(2, 5, 4)).astype("float32")
    layer = GaussianSample(0.5)
    np.testing.assert_array_equal(layer([mean, log_variance]), mean)
    q, p = tfp.distributions.Normal(mean, np.exp(0.5 * log_variance)), tfp.distributions.Normal(0.0, 1.0)
    expected = 0.5 * np.mean(np.sum(tfp.distributions.kl_divergence(q, p), axis=-1))
    assert float(sum(layer.losses)) == pytest.approx(expected, rel=1e-5)


def test_the_posterior_is_sampled_in_training_only():
    mean, log_variance = np.full((4000, 1), 2.0, "float32"), np.full((4000, 1), -1.0, "float32")
    sample = np.asarray(GaussianSample(seed=1)([mean, log_variance], training=True))
    assert sample.mean() == pytest.approx(2.0, abs=0.04)
    assert sample.std() == pytest.approx(np.exp(-0.5), rel=0.05)


def test_the_likelihood_is_normal():
    truth, predicted = np.random.default_rng(0).normal(size=(2, 3, 5, 2)).astype("float32")
    expected = -np.sum(tfp.distributions.Normal(predicted, 0.3).log_prob(truth), axis=-1)
    np.testing.assert_allclose(flows.GaussianLikelihood(0.3).call(truth, predicted), expected, rtol=1e-5)
    mask = np.array(series()["observed"], "float32")
    loss = flows.GaussianLikelihood(0.3)(truth, predicted, sample_weight=mask)
    assert float(loss) == pytest.approx(np.mean(expected * mask), rel=1e-5)


@pytest.mark.slow
def test_what_is_not_observed_does_not_matter():
    model, inputs = network(), series()
    before = model.predict(inputs, verbose=0)
    inputs["values"][~inputs["observed"]] = np.nan
    np.testing.assert_array_equal(model.predict(inputs, verbose=0), before)
    inputs["values"][0, 2] += 1
    assert np.abs(model.predict(inputs, verbose=0) - before)[0].max() > 1e-4


@pytest.mark.slow
def test_a_series_is_the_same_without_the_times_that_are_not_observed():
    """The encoder skips them, and the states at the others do not depend on where else the solution is asked for."""
    model, inputs = network(), series()
    seen = inputs["observed"][0]
    short = network([time for time, here in zip(TIMES, seen, strict=True) if here])
    short.set_weights(model.get_weights())
    fewer = {"values": inputs["values"][:, seen], "observed": inputs["observed"][:, seen]}
    np.testing.assert_allclose(
        short.predict(fewer, verbose=0), model.predict(inputs, verbose=0)[:, seen], rtol=1e-4, atol=1e-5
    )


def test_it_reads_from_the_last_point_to_the_first():
    model, inputs = network(), series(batch=1)
    encoder = model.get_layer("encoder")
    (wx, wh, bias), h = encoder.get_weights(), np.zeros(25)
    for i in np.flatnonzero(inputs["observed"][0])[::-1]:
        h = np.tanh(np.array([*inputs["values"][0, i], TIMES[i]]) @ wx + h @ wh + bias)
    mean = keras.Model(model.input, model.get_layer("mean").output).predict(inputs, verbose=0)[0]
    kernel, offset = model.get_layer("mean").get_weights()
    np.testing.assert_allclose(mean, h @ kernel + offset, rtol=1e-4, atol=1e-5)


@pytest.mark.slow
def test_training_lowers_the_bound_and_a_file_keeps_the_model(tmp_path):
    model, inputs = network(), series(batch=16)
    inputs["values"][:] = np.sin(np.array(TIMES))[:, None]
    model.compile(keras.optimizers.Adam(0.02), flows.GaussianLikelihood(), jit_compile=False)
    weight = inputs["observed"].astype("float32")
    history = model.fit(inputs, inputs["values"], sample_weight=weight, batch_size=16, epochs=40, verbose=0).history
    assert history["loss"][-1] < history["loss"][0] - 0.3
    assert history["ode_nfe"][0] > 0
    model.save(tmp_path / "latent.keras")
    loaded = keras.models.load_model(tmp_path / "latent.keras")
    np.testing.assert_array_equal(loaded.predict(inputs, verbose=0), model.predict(inputs, verbose=0))
    assert loaded.loss.noise == 0.3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"times": [0.5, 0.2]}, "strictly increasing"),
        ({"latent": 0}, "latent"),
        ({"hidden": 0}, "hidden"),
        ({"channels": 0}, "channels"),
        ({"encoder_units": -1}, "encoder_units"),
    ],
)
def test_bad_arguments(options, message):
    with pytest.raises(ValueError, match=message):
        network(**options)


def test_noise_must_be_positive():
    with pytest.raises(ValueError, match="noise must be positive"):
        flows.GaussianLikelihood(0.0)


def test_spirals_lie_on_their_curves_and_turn_both_ways():
    values, truth = spirals(100, seed=3)
    assert values.shape == truth.shape == (100, 200, 2)
    assert np.std(values - truth) == pytest.approx(0.3, rel=0.02)
    turns = {}
    for piece in truth.astype("float64"):
        center = (
            [5, 0] if np.ptp(np.linalg.norm(piece - [5, 0], axis=1) - 0.3 * angle(piece - [5, 0])) < 1e-3 else [-5, 0]
        )
        turn = np.diff(angle(piece - center))
        np.testing.assert_allclose(np.abs(turn), STEP, rtol=1e-3)
        radii = np.linalg.norm(piece - center, axis=1)
        assert (np.diff(radii) > 0).all()
        if center[0] < 0:
            np.testing.assert_allclose(np.diff(1 / radii), -STEP / 15, rtol=1e-2)
        turns.setdefault(center[0], []).append(np.sign(turn[0]))
    assert {side: set(signs) for side, signs in turns.items()} == {5: {1.0}, -5: {-1.0}}
    assert len(turns[5]) == 50


def angle(points):
    return np.unwrap(np.arctan2(points[:, 1], points[:, 0]))


@pytest.mark.slow
def test_times_are_observed_without_replacement():
    mask = observed(50, 100, 30, seed=1)
    assert (mask.sum(axis=1) == 30).all()
    assert len({row.tobytes() for row in mask}) == 50
