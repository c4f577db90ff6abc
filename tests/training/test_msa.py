"""Training as optimal control: costates are backpropagation, and an iteration climbs."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from zoo import layers
from zoo.training.msa import MSA

GENERATOR = np.random.default_rng(0)
IMAGES = GENERATOR.normal(size=(32, 3))
LABELS = (np.abs(IMAGES[:, 0]) > 0.7).astype("int64")
F64 = {"dtype": "float64"}


def network(steps=4, step_size=0.5):
    keras.utils.set_random_seed(0)
    inputs = keras.Input((3,), dtype="float64")
    u = keras.layers.Dense(6, "tanh", **F64)(inputs)
    for _ in range(steps):
        u = layers.ForwardEuler(keras.layers.Dense(6, "tanh", **F64), step_size, **F64)(u)
    return keras.Model(inputs, keras.layers.Dense(2, "softmax", **F64)(u))


def loss(model):
    """The mean of −log pᵧ; Keras's own loss is float32."""
    return -tf.reduce_mean(tf.math.log(tf.gather(model(IMAGES), LABELS, batch_dims=1)))


def test_costates_are_those_of_backpropagation():
    """∂Φ/∂θ = −(∂H/∂θ), and p = −∂Φ/∂x with p by its recursion: a plain Euler step."""
    model = network()
    states, costates, mean = MSA(model).trajectory(IMAGES, LABELS)
    with tf.GradientTape() as tape:
        total = loss(model)
    expected = tape.gradient(total, model.trainable_variables)
    assert mean == pytest.approx(float(total))
    steps = [layer for layer in model.layers if isinstance(layer, layers.ForwardEuler)]
    found = []
    for step, u, p, after in zip(steps, states[1:], costates[1:], costates[2:], strict=False):
        kernel, bias = (variable.numpy() for variable in step.f.trainable_variables)
        slope = 1 - np.tanh(u.numpy() @ kernel + bias) ** 2  # of tanh
        np.testing.assert_allclose(p, after + 0.5 * (after * slope) @ kernel.T, rtol=1e-12)
        found += [-0.5 * u.numpy().T @ (after * slope) / 32, -0.5 * np.sum(after * slope, 0) / 32]
    assert len(found) == 8
    for one, other in zip(found, expected[2:-2], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-14)


def test_an_iteration_climbs_and_the_loss_falls():
    model = network()
    trainer = MSA(model, rho=1.0, ascents=2)
    done = [trainer.iterate(IMAGES, LABELS) for _ in range(15)]
    assert len(done[0].before) == 6
    assert all(after > before for after, before in zip(done[0].after, done[0].before, strict=True))
    assert done[0].loss > done[1].loss
    assert float(loss(model)) < 0.7 * done[0].loss


def test_what_cannot_be_trained_so_is_refused():
    inputs = keras.Input((3,))
    u = keras.layers.Dense(3)(inputs)
    plain = keras.Model(inputs, keras.layers.Dense(2)(u))
    normalised = keras.Model(inputs, keras.layers.BatchNormalization()(u))
    branched = keras.Model(inputs, keras.layers.Add()([u, inputs]))
    for model, message in [(plain, "ForwardEuler"), (normalised, "trace"), (branched, "chain")]:
        with pytest.raises(ValueError, match=message):
            MSA(model)
    with pytest.raises(ValueError, match="rho=-1"):
        MSA(network(), rho=-1)
