"""Group normalization with its activation, compiled in training."""

import functools
import math
import platform
from typing import Any, final

import keras

from zoo.layers.tensors import Shape, Tensor


@final
@keras.saving.register_keras_serializable(package="zoo")
class GroupNormalization(keras.layers.GroupNormalization):
    """``y = σ(γ (x − mean) / √(var + ε) + β)`` over each group of channels of each example; Keras's layer, made fast.

    Weights and outputs are those of ``keras.layers.GroupNormalization``; a weight file of one fits the other. In
    training on TensorFlow, with channels last, XLA compiles the formula with its gradient in closed form, which needs
    x, the means and the variances alone, in a graph that need not be compiled as a whole; Keras's takes a dozen passes
    over the data and stores half of them. σ is then computed in float32 or wider. At inference nothing is compiled, so
    that an exported model runs where there is no XLA; nor where Keras does not compile (Apple's GPUs), nor around a σ
    that is a layer.

    Source: Wu and He (2018, arXiv:1803.08494), equation 7.

    Args:
        groups: Number of groups, a divisor of the channels.
        activation: σ, a name of ``keras.activations`` or a function. Defaults to ``None``, the identity.
        **kwargs: Of ``keras.layers.GroupNormalization``.

    Call arguments:
        inputs: ``(batch, …, channels)``; any shape that Keras's layer takes.
        training: Whether to compile.

    Raises:
        ValueError: As Keras's layer; or a group has a single number, whatever it is called on or built for: a map that
            strides have shrunk to one pixel, with as many groups as channels.
    """

    def __init__(self, groups: int = 32, activation: Any = None, **kwargs: Any):
        super().__init__(groups, **kwargs)
        self.activation = keras.activations.get(activation)

    def build(self, input_shape: Shape) -> None:
        super().build(input_shape)
        self._check(input_shape)

    def call(self, inputs: Tensor, training: bool | None = None) -> Tensor:
        self._check(inputs.shape)
        if not (training and self._fits_compiled_kernel(inputs)):
            return self.activation(super().call(inputs))
        ones = keras.ops.ones(inputs.shape[-1:], keras.backend.result_type(inputs.dtype, "float32"))
        gamma = keras.ops.cast(self.gamma, ones.dtype) if self.scale else ones
        beta = keras.ops.cast(self.beta, ones.dtype) if self.center else keras.ops.zeros_like(ones)
        outputs = _kernel(self.groups, self.epsilon, self.activation)(inputs, gamma, beta)
        return keras.ops.cast(outputs, self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "activation": keras.activations.serialize(self.activation)}

    def _check(self, shape):
        """Raise ``ValueError`` for groups of a single number, if the shape is known: its deviation is zero."""
        if None not in shape[1:] and math.prod(shape[1:]) == self.groups:
            raise ValueError(
                f"{self.name} would normalize each number of {tuple(shape)} by itself, which makes zero of all: "
                f"they are as many as its {self.groups} groups. Expected: more than one number in a group. Build the "
                "network for a larger input, or with fewer groups."
            )

    def _fits_compiled_kernel(self, inputs) -> bool:
        rank = len(inputs.shape)
        return (
            keras.backend.backend() == "tensorflow"
            and rank > 2
            and keras.backend.is_float_dtype(inputs.dtype)
            and self.axis in (-1, rank - 1)
            and not isinstance(self.activation, keras.Layer)
            and _has_xla()
        )


@functools.cache
def _has_xla() -> bool:
    """Not on Apple's GPUs."""
    if platform.system() != "Darwin" or "arm" not in platform.processor():
        return True
    import tensorflow as tf

    return not tf.config.list_physical_devices("GPU")


@functools.cache
def _kernel(groups, epsilon, activation):
    """``y(x, γ, β)`` with its gradient, both compiled; statistics are in the dtype of γ and β.

    With x̂ = (x − mean)/σ, z = γ x̂ + β and s = ∂loss/∂z: ∂loss/∂x = (γ s − mean(γ s) − x̂ mean(γ s x̂))/σ, the means being
    those of the groups.
    """
    import tensorflow as tf

    over_groups = functools.partial(_over_groups, groups=groups)

    @functools.partial(tf.function, jit_compile=True)
    def forward(x, gamma, beta):
        wide = tf.cast(x, gamma.dtype)
        mean = over_groups(_over_space(wide))
        inverse = tf.math.rsqrt(over_groups(_over_space((wide - mean) ** 2)) + epsilon)
        return tf.cast(activation((wide - mean) * (inverse * gamma) + beta), x.dtype), mean, inverse

    @functools.partial(tf.function, jit_compile=True)
    def backward(slope, x, gamma, beta, mean, inverse):
        normalized = (tf.cast(x, gamma.dtype) - mean) * inverse
        z = normalized * gamma + beta
        with tf.GradientTape() as tape:
            tape.watch(z)
            y = activation(z)
        slope = tape.gradient(y, z, tf.cast(slope, gamma.dtype))
        of_beta, of_gamma = _over_space(slope), _over_space(slope * normalized)
        centred = slope * gamma - over_groups(of_beta * gamma) - normalized * over_groups(of_gamma * gamma)
        positions = tf.cast(tf.size(x) // (tf.shape(x)[0] * x.shape[-1]), gamma.dtype)
        of_weights = [positions * tf.reduce_sum(each, list(range(x.shape.rank - 1))) for each in (of_gamma, of_beta)]
        return tf.cast(centred * inverse, x.dtype), *of_weights

    @tf.custom_gradient
    def kernel(x, gamma, beta):
        y, mean, inverse = forward(x, gamma, beta)
        return y, lambda slope: backward(slope, x, gamma, beta, mean, inverse)

    return kernel


def _over_space(x):
    """The mean over all axes but the first and the last, which are kept."""
    return keras.ops.mean(x, axis=tuple(range(1, len(x.shape) - 1)), keepdims=True)


def _over_groups(means, groups):
    """Of means ``(batch, 1, …, channels)`` of each channel, the mean of each group in all of its channels."""
    size = means.shape[-1] // groups
    if size == 1:
        return means
    grouped = keras.ops.mean(keras.ops.reshape(means, (-1, groups, size)), axis=-1)
    return keras.ops.reshape(keras.ops.repeat(grouped, size, axis=-1), keras.ops.shape(means))
