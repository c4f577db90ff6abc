"""The planar field: its trace, its time, its training."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from zoo import flows

X = np.random.default_rng(0).normal(size=(5, 3)).astype("float32")


@pytest.mark.parametrize("activation", ["tanh", "swish"])
def test_the_trace_is_that_of_the_jacobian(activation):
    field = flows.Planar(6, (4,), activation)
    field.build((), (None, 3))
    for variable in field.weights:
        variable.assign(1.5 * np.random.default_rng(1).normal(size=variable.shape))
    for t in (np.float32(0.3), np.linspace(0, 1, 5, dtype="float32")):
        u = tf.constant(X)
        with tf.GradientTape() as tape:
            tape.watch(u)
            value = field(t, u)
        jacobian = tape.batch_jacobian(value, u)
        same, trace = field.value_and_trace(t, u)
        np.testing.assert_allclose(same, value, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(trace, np.trace(jacobian, axis1=1, axis2=2), rtol=1e-4, atol=1e-5)
        assert np.abs(trace).max() > 0.05
    assert np.abs(field(np.float32(0.3), X) - field(np.float32(0.9), X)).max() > 1e-3


def test_each_unit_is_a_gated_planar_flow():
    """By the formula, unit after unit."""
    field = flows.Planar(2, ())
    field.build((), (None, 3))
    row, bias = np.random.default_rng(2).normal(size=(2, 16))
    field.hyper[0].kernel.assign(row[None])
    field.hyper[0].bias.assign(bias)
    given = 0.7 * row + bias
    w, v, b, g = given[:6].reshape(2, 3), given[6:12].reshape(2, 3), given[12:14], given[14:]
    expected = sum(np.tanh(X @ w[n] + b[n])[:, None] * v[n] / (1 + np.exp(-g[n])) for n in range(2)) / 2
    np.testing.assert_allclose(field(np.float32(0.7), X), expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("objective", "metric"), [("likelihood", "nll"), ("flow_matching", "matching")])
def test_a_flow_of_it_trains(objective, metric, tmp_path):
    keras.utils.set_random_seed(0)
    model = flows.FlowModel([flows.CNF(flows.Planar(8, (8,)), solver="rk4", steps=4)], (3,))
    model.compile(objective, optimizer=keras.optimizers.Adam(3e-2))
    data = np.repeat(0.3 * X + 1, 20, axis=0)
    history = model.fit(data, batch_size=50, epochs=10, verbose=0).history[metric]
    assert history[-1] < 0.85 * history[0]
    np.testing.assert_allclose(
        model.log_prob(X, trace="hutchinson", error=True, draws=64, seed=0).values, model.log_prob(X), atol=1.0
    )
    model.save(tmp_path / "flow.keras")
    again = keras.saving.load_model(tmp_path / "flow.keras")
    np.testing.assert_array_equal(again.log_prob(X), model.log_prob(X))


def test_it_is_a_field_of_vectors():
    with pytest.raises(ValueError, match="field of vectors"):
        flows.Planar()(np.float32(0), np.zeros((1, 2, 2), "float32"))
    with pytest.raises(ValueError, match="activation"):
        flows.Planar(activation="relu")
