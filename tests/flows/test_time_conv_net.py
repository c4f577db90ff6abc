"""The convolutional field: it is convolutions of the picture with the time as one more channel."""

import keras
import numpy as np
import pytest

from zoo.flows import TimeConvNet

RNG = np.random.default_rng(0)
U = RNG.normal(size=(2, 6, 6, 2)).astype("float32")


def stirred(**options):
    field = TimeConvNet((4, 3), **options)
    field(np.float32(0.5), U)
    for weight in field.trainable_variables:
        weight.assign(0.3 * RNG.normal(size=weight.shape))
    return field


def test_it_starts_at_zero_and_sees_the_time():
    field = TimeConvNet((4,))
    assert not np.any(field(np.float32(0.5), U))
    field = stirred()
    assert np.abs(field(np.float32(0.2), U) - field(np.float32(0.9), U)).max() > 1e-3


@pytest.mark.parametrize("times", [np.float32(0.3), np.array([0.3, 0.8], "float32")], ids=["one", "each"])
def test_it_is_convolutions_of_the_picture_beside_the_time(times):
    field, u = stirred(), U
    for n, each in enumerate(field.convolutions):
        t = np.broadcast_to(np.reshape(times, (-1, 1, 1, 1)), (2, 6, 6, 1))
        u = keras.ops.conv(np.concatenate([t, u], axis=-1), each.kernel, padding="same") + each.bias
        u = keras.ops.convert_to_numpy(u if n == 2 else keras.ops.softplus(u))
    np.testing.assert_allclose(field(times, U), u, atol=1e-5)


def test_it_is_built_again_from_its_configuration_and_is_no_field_of_vectors():
    field = stirred(activation="tanh")
    again = TimeConvNet.from_config(field.get_config())
    again(np.float32(0.5), U)
    again.set_weights(field.get_weights())
    np.testing.assert_array_equal(field(np.float32(0.4), U), again(np.float32(0.4), U))
    with pytest.raises(ValueError, match="a field of pictures"):
        TimeConvNet()(np.float32(0.5), U[:, 0, 0])
