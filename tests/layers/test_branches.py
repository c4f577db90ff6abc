"""The residual branches, grouped convolution and stochastic depth."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from zoo import layers
from zoo.layers.fields import branch


def kinds(sequential):
    return [type(layer).__name__ for layer in sequential.layers]


def test_order_of_the_layers():
    assert kinds(layers.basic_branch(4)) == ["BatchNormalization", "ReLU", "Conv2D"] * 2
    strided = ["BatchNormalization", "ReLU", "ZeroPadding2D", "Conv2D", "BatchNormalization", "ReLU", "Conv2D"]
    assert kinds(layers.basic_branch(4, 2)) == strided
    assert kinds(layers.bottleneck_branch(8)) == ["BatchNormalization", "ReLU", "Conv2D"] * 3
    grouped = ["Conv2D", "BatchNormalization", "ReLU", "GroupedConv2D", "BatchNormalization", "ReLU", "Conv2D"]
    assert kinds(layers.resnext_branch(8, 2, 3)) == [*grouped, "BatchNormalization"]
    assert kinds(layers.preactivation_projection(8, 2)) == ["BatchNormalization", "ReLU", "Conv2D"]
    assert kinds(layers.projection(8, 2)) == ["Conv2D", "BatchNormalization"]


@pytest.mark.parametrize("size", [8, 9])
def test_strided_branch_is_centred_on_the_pixels_of_its_shortcut(size):
    """A 3×3 kernel that copies its centre, at stride 2, picks the pixels 0, 2, 4, … as a 1×1 does."""
    pad, conv = branch.convolution(1, 3, strides=2)
    x = np.random.default_rng(0).normal(size=(1, size, size, 1)).astype("float32")
    padded = pad(x)
    conv.build(padded.shape)
    centre = np.zeros((3, 3, 1, 1))
    centre[1, 1] = 1
    conv.kernel.assign(centre)
    np.testing.assert_array_equal(conv(padded), x[:, ::2, ::2])


def test_kernels_start_with_fan_out_variance():
    (conv,) = branch.convolution(64, 3)
    conv.build((None, 8, 8, 32))
    assert np.std(conv.kernel) == pytest.approx(np.sqrt(2 / (9 * 64)), rel=0.02)
    assert not conv.use_bias


def test_bottleneck_needs_a_multiple_of_four():
    with pytest.raises(ValueError, match="multiple of 4. Received: 6"):
        layers.bottleneck_branch(6)


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("strides", [1, 2])
@pytest.mark.parametrize("groups", [1, 2, 4])
def test_grouped_convolution_equals_keras(groups, strides, padding):
    arguments = {"groups": groups, "strides": strides, "padding": padding}
    ours, theirs = (kind(8, 3, **arguments) for kind in (layers.GroupedConv2D, keras.layers.Conv2D))
    x = np.random.default_rng(0).normal(size=(2, 7, 7, 4)).astype("float32")
    ours.build(x.shape)
    theirs.build(x.shape)
    theirs.set_weights(ours.get_weights())
    np.testing.assert_allclose(ours(x), theirs(x), rtol=1e-5, atol=1e-5)


def test_grouped_convolution_takes_no_compiled_path():
    """Keras's own does: the marker that this test looks for exists."""
    found = {}
    for kind in (layers.GroupedConv2D, keras.layers.Conv2D):
        layer = kind(8, 3, groups=2)
        function = tf.function(layer).get_concrete_function(tf.TensorSpec((1, 8, 8, 4)))
        found[kind] = "_XlaMustCompile" in str(function.graph.as_graph_def())
    assert found == {layers.GroupedConv2D: False, keras.layers.Conv2D: True}


def test_stochastic_depth_is_unbiased_and_drops_whole_samples():
    layer = layers.StochasticDepth(0.3, seed=3)
    outputs = np.array(layer(tf.ones((20_000, 2, 1)), training=True))
    assert set(np.unique(outputs)) == {np.float32(0), np.float32(1 / 0.7)}
    np.testing.assert_array_equal(outputs[:, 0], outputs[:, 1])
    # mean of n Bernoulli draws over 1 - rate: standard deviation sqrt(0.3 / 0.7 / n)
    assert outputs.mean() == pytest.approx(1, abs=4 * np.sqrt(0.3 / 0.7 / 20_000))


def test_stochastic_depth_is_the_identity_at_inference_and_at_rate_0():
    x = tf.random.normal((50, 3))
    np.testing.assert_array_equal(layers.StochasticDepth(0.9)(x), x)
    np.testing.assert_array_equal(layers.StochasticDepth(0)(x, training=True), x)


def test_linear_rates():
    np.testing.assert_allclose(layers.linear_rates(4, 0.2), [0.05, 0.1, 0.15, 0.2])


@pytest.mark.parametrize("rate", [-0.1, 1, 1.5, "0.5"])
def test_rates_outside_the_range_are_refused(rate):
    with pytest.raises(ValueError, match=r"\[0, 1\)"):
        layers.StochasticDepth(rate)
