"""Pixels into channels and back: the order, the inverse, what is refused."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from zoo.layers import ChannelSlice, DepthToSpace, SpaceToDepth


def picture(height=6, width=12, channels=5):
    return np.random.default_rng(0).normal(size=(2, height, width, channels)).astype("float32")


@pytest.mark.parametrize("b", [1, 2, 3])
def test_the_order_of_the_channels_is_tensorflows(b):
    u = picture()
    y = np.asarray(SpaceToDepth(b)(u))
    np.testing.assert_array_equal(y, tf.nn.space_to_depth(u, b) if b > 1 else u)
    for p in range(b):
        for q in range(b):
            np.testing.assert_array_equal(y[..., (b * p + q) * 5 : (b * p + q + 1) * 5], u[:, p::b, q::b])


def test_each_undoes_the_other():
    u, wide = picture(), picture(2, 3, 8)
    np.testing.assert_array_equal(DepthToSpace(3)(SpaceToDepth(3)(u)), u)
    np.testing.assert_array_equal(SpaceToDepth(2)(DepthToSpace(2)(wide)), wide)
    np.testing.assert_array_equal(SpaceToDepth(3).inverse(SpaceToDepth(3)(u)), u)
    np.testing.assert_array_equal(DepthToSpace(2).inverse(DepthToSpace(2)(wide)), wide)


def test_sides_may_be_open():
    inputs = keras.Input((None, None, 3))
    model = keras.Model(inputs, SpaceToDepth(2)(inputs))
    assert model.output_shape == (None, None, None, 12)
    np.testing.assert_array_equal(model.predict(picture(channels=3), verbose=0), SpaceToDepth(2)(picture(channels=3)))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: SpaceToDepth(0), "block_size=0"),
        (lambda: SpaceToDepth(4)(picture()), r"multiples of 4. Received the shape: \(2, 6, 12, 5\)"),
        (lambda: SpaceToDepth(2)(keras.Input((5, 4, 3))), "multiples of 2"),
        (lambda: SpaceToDepth(2)(np.zeros((2, 4))), "height, width, channels"),
        (lambda: DepthToSpace(2)(picture()), "multiple of 4"),
        (lambda: ChannelSlice(3, 3), "stop=3"),
        (lambda: ChannelSlice(3, 6)(picture()), r"channels 3 to 5. Received the shape: \(2, 6, 12, 5\)"),
    ],
)
def test_what_does_not_fit(call, message):
    with pytest.raises(ValueError, match=message):
        call()
