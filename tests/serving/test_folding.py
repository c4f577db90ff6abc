"""Folded graphs: fewer operations, as the formulas say, and the same function; nothing where it is not exact."""

import collections

import keras
import numpy as np
import pytest
import tensorflow as tf
from descriptors import FAMILIES

from zoo import layers
from zoo.serving.exporting.folded import Weights, folded

QUICK = ("LMResNet", "MomentumResNet", "PolyNet", "HamiltonianNet", "FractalNet", "ResNetMNIST")
MARKS = {True: (), False: pytest.mark.slow}
EVERY = [row for row in FAMILIES if len(row.shape) == 3]


def function(call, shape):
    return tf.function(lambda tensor: call(tensor), input_signature=[tf.TensorSpec(shape)], autograph=False)


def operations(traced):
    """How many of each a function has."""
    return collections.Counter(node.op for node in traced.get_concrete_function().graph.as_graph_def().node)


def stirred(model):
    """The model with statistics, scales and shifts far from the identity."""
    generator = np.random.default_rng(0)
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.BatchNormalization):
            for variable in layer.weights:
                wide = variable.name in ("gamma", "moving_variance")
                shape = variable.shape
                variable.assign(generator.uniform(0.5, 2, shape) if wide else generator.normal(0, 0.3, shape))
    return model


def the_same(model, weights=None):
    """The operations of the folded function, after a look whether it says what the model says."""
    short = folded(function(lambda x: model(x, training=False), model.input_shape), weights)
    shape = [side or 16 for side in model.input_shape[1:]]
    images = np.random.default_rng(1).uniform(0, 255, (2, *shape)).astype(np.float32)
    expected = model(images, training=False).numpy()
    np.testing.assert_allclose(short(images), expected, rtol=0, atol=1e-5 * max(1, np.abs(expected).max()))
    return operations(short)


@pytest.mark.parametrize(
    "row", [pytest.param(row, marks=MARKS[row.function.__name__ in QUICK], id=row.function.__name__) for row in EVERY]
)
def test_every_family_says_the_same(row):
    the_same(stirred(row.member()))


def chain(*parts, shape=(8, 8, 3)):
    return stirred(keras.Sequential([keras.Input(shape), *parts]))


def bare(filters=4, size=3, **keywords):
    return keras.layers.Conv2D(filters, size, use_bias=False, **keywords)


def test_a_normalization_behind_a_convolution_is_its_bias():
    found = the_same(chain(bare(), layers.BatchNormalization(), keras.layers.ReLU()))
    assert found["BiasAdd"] == found["Conv2D"] == 1
    assert not {"FusedBatchNormV3", "Mul", "AddV2"} & set(found)
    depthwise = keras.layers.DepthwiseConv2D(3, depth_multiplier=2, use_bias=True)
    for norm in (layers.BatchNormalization(), keras.layers.BatchNormalization()):  # one operation, and several
        found = the_same(chain(depthwise, norm))
        assert found["BiasAdd"] == 1
        assert not {"FusedBatchNormV3", "Mul", "AddV2"} & set(found)


def test_the_scale_before_an_activated_convolution_goes_on():
    parts = [layers.BatchNormalization(name="norm"), keras.layers.ReLU(), bare(padding="same")]
    model = chain(*parts, layers.BatchNormalization())
    found = the_same(model)
    assert (found["AddV2"], found["BiasAdd"]) == (1, 1)
    assert not {"FusedBatchNormV3", "Mul"} & set(found)
    model.get_layer("norm").gamma.assign([1.0, -1.0, 1.0])  # ReLU lets no negative scale through
    assert the_same(model)["FusedBatchNormV3"] == 1
    model.get_layer("norm").gamma.assign([1.0, 0.0, 1.0])
    assert the_same(model)["FusedBatchNormV3"] == 1


def test_the_normalisation_of_pictures_goes_into_the_first_convolution():
    def made(**keywords):
        return chain(keras.layers.Rescaling([0.02, 0.03, 0.04], [-1.0, -2.0, -3.0]), bare(**keywords))

    found = the_same(made(padding="valid"))
    assert (found["BiasAdd"], found["Mul"], found["AddV2"]) == (1, 0, 0)
    own = chain(keras.layers.Rescaling(0.02, -1.0), keras.layers.Conv2D(4, 3, bias_initializer="ones"))
    assert the_same(own)["BiasAdd"] == 1, "tf2onnx gives a convolution with two a fourth input"
    found = the_same(made(padding="same"))  # its zeros are not the zeros of the shifted pictures
    assert (found["BiasAdd"], found["Mul"], found["AddV2"]) == (0, 0, 1)


def test_a_convolution_that_two_places_share_keeps_a_kernel_for_each():
    shared, image = bare(3, padding="same"), keras.Input((8, 8, 3))
    u = layers.BatchNormalization()(shared(image))
    found = the_same(stirred(keras.Model(image, layers.BatchNormalization()(shared(u)))))
    assert found["BiasAdd"] == found["Conv2D"] == 2
    assert "FusedBatchNormV3" not in found


def test_what_something_else_reads_is_not_folded():
    image = keras.Input((8, 8, 3))
    u = bare(3, padding="same")(image)
    both = keras.layers.Add()([u, layers.BatchNormalization()(u)])
    assert the_same(stirred(keras.Model(image, both)))["FusedBatchNormV3"] == 1
    normed = layers.BatchNormalization()(image)
    model = stirred(keras.Model(image, keras.layers.Add()([normed, bare(3, padding="same")(normed)])))
    assert the_same(model)["FusedBatchNormV3"] == 1


def test_a_normalization_by_the_batch_is_not_folded():
    kernel, ones = tf.ones((3, 3, 3, 4)), tf.ones(4)

    def call(x):
        u = tf.nn.conv2d(x, kernel, 1, "SAME")
        return tf.compat.v1.nn.fused_batch_norm(u, ones, ones, is_training=True)[0]

    plain = function(call, (None, 8, 8, 3))
    short = folded(plain)
    assert operations(short)["FusedBatchNormV3"] == 1
    images = np.random.default_rng(1).uniform(0, 1, (2, 8, 8, 3)).astype(np.float32)
    np.testing.assert_allclose(short(images), plain(images), atol=1e-5)


def test_a_function_with_a_loop_stays_as_it_is():
    plain = function(lambda x: tf.while_loop(lambda i, x: i < 3, lambda i, x: (i + 1, 2 * x), (0, x))[1], (None, 8))
    assert folded(plain) is plain


def test_functions_of_the_same_weights_share_their_variables():
    model, weights = chain(bare(16), layers.BatchNormalization(), keras.layers.ReLU()), Weights()
    calls = [lambda x: model(x, training=False), lambda x: 2 * model(x, training=False)]
    read = [folded(function(call, (None, 8, 8, 3)), weights).get_concrete_function().variables for call in calls]
    assert [variable.shape.rank for variable in read[0]] == [4]
    assert read[0][0] is read[1][0]
