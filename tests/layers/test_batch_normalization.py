"""Our batch normalization is Keras's: outputs, gradients, moving statistics, configuration, weights."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from zoo.layers import BatchNormalization

FUSED = {
    "plain": ({}, (4, 5, 6, 7)),
    "momentum": ({"momentum": 0.5, "epsilon": 1.001e-5}, (4, 5, 6, 7)),
    "axis 3": ({"axis": 3}, (4, 5, 6, 7)),
    "no scale": ({"scale": False}, (4, 5, 6, 7)),
    "no center": ({"center": False}, (4, 5, 6, 7)),
    "two values": ({}, (2, 1, 1, 3)),
    "one value": ({}, (1, 1, 1, 3)),
    "mixed_float16": ({"dtype": "mixed_float16"}, (4, 5, 6, 7)),
    "mixed_bfloat16": ({"dtype": "mixed_bfloat16"}, (4, 5, 6, 7)),
}
LEFT_TO_KERAS = {
    "float64": ({"dtype": "float64"}, (4, 5, 6, 7)),
    "float16": ({"dtype": "float16"}, (4, 5, 6, 7)),
    "axis 1": ({"axis": 1}, (4, 5, 6, 7)),
    "small epsilon": ({"epsilon": 1e-6}, (4, 5, 6, 7)),
    "rank 2": ({}, (5, 7)),
    "rank 3": ({}, (4, 5, 7)),
    "rank 5": ({}, (2, 3, 4, 5, 6)),
    "renorm": ({"renorm": True}, (4, 5, 6, 7)),
}
TOLERANCE = {"float64": 1e-12, "mixed_float16": 1e-2, "float16": 1e-2, "mixed_bfloat16": 1e-1}


def pair(arguments, shape):
    layers = [kind(**arguments) for kind in (BatchNormalization, keras.layers.BatchNormalization)]
    generator = np.random.default_rng(0)
    for layer in layers:
        layer.build(shape)
    for ours, theirs in zip(layers[0].weights, layers[1].weights, strict=True):
        assert (ours.name, ours.shape, ours.dtype) == (theirs.name, theirs.shape, theirs.dtype)
        value = generator.uniform(0.5, 1.5, ours.shape)
        ours.assign(value)
        theirs.assign(value)
    return layers


def trained(layer, x):
    """Output, gradients and statistics of one training step, then the output at inference."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x, training=True)
        loss = tf.reduce_sum(tf.cast(y, "float64") ** 3)
    gradients = tape.gradient(loss, [x, *(variable.value for variable in layer.trainable_variables)])
    return [y, *gradients, *(variable.value for variable in layer.weights), layer(x, training=False)]


def kernels(layer, shape):
    """Names of the operations in the layer's training graph."""
    function = tf.function(lambda x: layer(x, training=True))
    spec = tf.TensorSpec(shape, layer.compute_dtype)
    return {operation.type for operation in function.get_concrete_function(spec).graph.get_operations()}


@pytest.mark.slow
@pytest.mark.parametrize("jit", [False, True], ids=["", "xla"])
@pytest.mark.parametrize(("arguments", "shape"), (FUSED | LEFT_TO_KERAS).values(), ids=FUSED | LEFT_TO_KERAS)
def test_equals_keras(arguments, shape, jit):
    ours, theirs = pair(arguments, shape)
    x = tf.cast(np.random.default_rng(1).normal(3, 2, shape), ours.compute_dtype)
    step = tf.function(trained, jit_compile=jit)
    tolerance = TOLERANCE.get(arguments.get("dtype"), 1e-3 if shape[0] * shape[1] > 2 else 1e-2)
    for got, expected in zip(step(ours, x), step(theirs, x), strict=True):
        expected = np.asarray(tf.cast(expected, "float64"))
        scale = max(1.0, np.abs(expected).max())
        np.testing.assert_allclose(tf.cast(got, "float64") / scale, expected / scale, atol=tolerance)


@pytest.mark.parametrize(("arguments", "shape"), FUSED.values(), ids=FUSED)
def test_moving_statistics_equal_keras_to_rounding(arguments, shape):
    ours, theirs = pair(arguments, shape)
    x = tf.cast(np.random.default_rng(2).normal(3, 2, shape), ours.compute_dtype)
    for layer in (ours, theirs):
        layer(x, training=True)
    for name in ("moving_mean", "moving_variance"):
        np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=2e-6)


@pytest.mark.parametrize(("arguments", "shape"), FUSED.values(), ids=FUSED)
def test_fused_kernel_is_used(arguments, shape):
    assert "FusedBatchNormV3" in kernels(pair(arguments, shape)[0], shape)


@pytest.mark.parametrize(("arguments", "shape"), LEFT_TO_KERAS.values(), ids=LEFT_TO_KERAS)
def test_the_rest_is_left_to_keras(arguments, shape):
    assert "FusedBatchNormV3" not in kernels(pair(arguments, shape)[0], shape)


def test_mask_is_left_to_keras():
    ours, theirs = pair({}, (4, 5, 6, 7))
    x = np.random.default_rng(1).normal(3, 2, (4, 5, 6, 7)).astype("float32")
    mask = np.random.default_rng(2).random((4, 5, 6)) < 0.5
    np.testing.assert_array_equal(ours(x, training=True, mask=mask), theirs(x, training=True, mask=mask))


def test_synchronized_is_left_to_keras():
    layer = BatchNormalization(synchronized=True)
    layer.build((4, 5, 6, 7))
    assert "FusedBatchNormV3" not in kernels(layer, (4, 5, 6, 7))


def test_frozen_layer_uses_and_keeps_its_moving_statistics():
    ours, theirs = pair({}, (4, 5, 6, 7))
    ours.trainable = theirs.trainable = False
    x = np.random.default_rng(1).normal(3, 2, (4, 5, 6, 7)).astype("float32")
    before = ours.moving_variance.numpy()
    np.testing.assert_allclose(ours(x, training=True), theirs(x, training=True), rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(ours.moving_variance, before)


def test_configuration_and_weights_fit_keras():
    ours, theirs = pair({"momentum": 0.9, "epsilon": 1.001e-5}, (4, 5, 6, 7))
    assert keras.layers.BatchNormalization.from_config(ours.get_config()).momentum == 0.9
    assert {**ours.get_config(), "name": 0} == {**theirs.get_config(), "name": 0}
