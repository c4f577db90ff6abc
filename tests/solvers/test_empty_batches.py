"""A batch of no samples, which the last of several replicas can get, is no failure and gives gradients of zero."""

import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

import zoo
from zoo import layers
from zoo.solvers import Status


@pytest.mark.slow
@pytest.mark.parametrize("per_sample", [False, True])
@pytest.mark.parametrize("gradient", ["direct", "replay", "backsolve"])
@pytest.mark.parametrize("steps", [None, 2])
def test_no_failure_and_finite_gradients(steps, gradient, per_sample):
    if per_sample and gradient != "direct":
        pytest.skip("per_sample has one gradient only")
    dense = keras.layers.Dense(3, "tanh")
    ode = layers.ODE(dense, gradient=gradient, steps=steps, per_sample=per_sample, on_failure="raise")
    u = tf.zeros((0, 3))
    with tf.GradientTape() as tape:
        tape.watch(u)
        loss = tf.reduce_sum(ode(u, training=True))
    d_u, *d_weights = tape.gradient(loss, [u, *dense.trainable_variables])
    assert d_u.shape == (0, 3)
    assert len(d_weights) == 2
    for gradient in d_weights:
        np.testing.assert_array_equal(gradient, 0)
    assert ode.figures["failures"].result() == 0
    assert np.all(ode.integrate(u).status == Status.SUCCESS)


def test_odeint_of_no_samples():
    assert zoo.odeint(lambda t, u: -u, tf.zeros((0, 3)), [0.0, 0.5, 1.0]).shape == (3, 0, 3)


def test_a_convolution_that_sees_the_time():
    convolution = layers.TimeConv2D(4)
    t, u = tf.constant(0.5), tf.zeros((0, 5, 6, 2))
    with tf.GradientTape() as tape:
        result = convolution(t, u)
        loss = tf.reduce_sum(result)
    assert result.shape == (0, 5, 6, 4)
    for gradient in tape.gradient(loss, convolution.trainable_variables):
        np.testing.assert_array_equal(gradient, 0)


TWO_REPLICAS = """
import keras, numpy as np, tensorflow as tf
from zoo import layers

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
with tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]).scope():
    field = layers.TimeSequential([layers.GroupNormalization(1), layers.TimeConv2D(2)])
    ode = layers.ODE(field, gradient="backsolve", on_failure="raise")
    model = keras.Sequential([keras.Input((4, 4, 2)), ode, keras.layers.Flatten(), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
x = np.random.default_rng(0).normal(size=(9, 4, 4, 2)).astype("float32")
history = model.fit(x, np.ones((9, 1)), batch_size=4, verbose=0).history  # 4, 4, and 1: one replica gets none
assert np.isfinite(history["loss"]).all(), history
assert all(np.isfinite(weight).all() for weight in model.get_weights())
"""


@pytest.mark.slow
def test_nine_samples_in_batches_of_four_on_two_replicas():
    """In a process of its own, since logical devices are set before TensorFlow starts."""
    done = subprocess.run([sys.executable, "-c", TWO_REPLICAS], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
