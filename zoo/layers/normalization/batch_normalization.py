"""Batch normalization in fewer passes over the data, with Keras's own numbers."""

from typing import final

import keras

from zoo.layers.normalization import _on_jax
from zoo.layers.tensors import Tensor


@final
@keras.saving.register_keras_serializable(package="zoo")
class BatchNormalization(keras.layers.BatchNormalization):
    """``y = γ (x − mean) / √(var + ε) + β`` over all axes but the last; Keras's layer, made fast.

    Arguments, weights, outputs and moving statistics are those of
    ``keras.layers.BatchNormalization``; a configuration or a weight file of one fits the other.
    On TensorFlow a 4-D channels-last input goes through one fused kernel, where Keras's layer takes
    a dozen passes over the data. The kernel reports the unbiased variance; here it is multiplied by
    (n − 1)/n, n = batch · height · width, so that the moving variance is Keras's. On JAX, under a
    distribution of ``keras.distribution``, it trains by one exchange between the devices forward
    and one backward, where automatic differentiation of Keras's formula takes two and two. There
    the variance is ``E(x − c)² − (mean − c)²`` of the moving mean c, whose relative rounding error
    is about ``1e-7 (mean − c)²/var``. Everything else is left to Keras: other backends, ranks and axes,
    float64, masks, ``synchronized``, ``renorm``, one device of JAX, and ε below 1.001e-5, which
    TensorFlow's kernel would raise.

    Source: Ioffe and Szegedy (2015, arXiv:1502.03167), algorithm 1.

    Call arguments:
        inputs: ``(batch, height, width, channels)``; any shape that Keras's layer takes.
        training: Whether to use and update batch statistics. As in Keras, a layer with
            ``trainable=False`` always uses its moving statistics.
        mask: Left to Keras's layer.
    """

    def call(self, inputs: Tensor, training: bool | None = None, mask: Tensor | None = None) -> Tensor:
        training = bool(training and self.trainable)
        backend = keras.backend.backend() if self._is_usual(inputs, mask) else None
        if backend == "tensorflow":
            return self._by_fused_kernel(inputs, training)
        if backend == "jax" and training and keras.distribution.distribution() is not None:
            return self._in_few_exchanges(inputs)
        return super().call(inputs, training=training, mask=mask)

    def _by_fused_kernel(self, inputs, training):
        import tensorflow as tf

        ones, zeros = tf.ones_like(self.moving_mean), tf.zeros_like(self.moving_mean)
        outputs, mean, variance = tf.compat.v1.nn.fused_batch_norm(
            inputs,
            scale=tf.convert_to_tensor(self.gamma) if self.scale else ones,
            offset=tf.convert_to_tensor(self.beta) if self.center else zeros,
            mean=None if training else tf.convert_to_tensor(self.moving_mean),
            variance=None if training else tf.convert_to_tensor(self.moving_variance),
            epsilon=self.epsilon,
            is_training=training,
        )
        if training:
            n = tf.cast(tf.size(inputs) // inputs.shape[-1], variance.dtype)
            self._move(self.moving_mean, mean)
            self._move(self.moving_variance, variance * (n - 1) / n)
        return outputs

    def _in_few_exchanges(self, inputs):
        near = keras.ops.convert_to_tensor(self.moving_mean)
        ones = keras.ops.ones_like(near)
        gamma = keras.ops.cast(self.gamma, "float32") if self.scale else ones
        beta = keras.ops.cast(self.beta, "float32") if self.center else keras.ops.zeros_like(ones)
        outputs, mean, variance = _on_jax.kernel(self.epsilon)(keras.ops.cast(inputs, "float32"), gamma, beta, near)
        self._move(self.moving_mean, mean)
        self._move(self.moving_variance, variance)
        return keras.ops.cast(outputs, self.compute_dtype)

    def _move(self, average, value):
        average.assign(average * self.momentum + value * (1.0 - self.momentum))

    def _is_usual(self, inputs, mask) -> bool:
        return (
            len(inputs.shape) == 4
            and self.axis in (-1, 3)
            and keras.backend.standardize_dtype(inputs.dtype) in ("float32", "float16", "bfloat16")
            and keras.backend.standardize_dtype(self.moving_mean.dtype) == "float32"
            and self.epsilon >= 1.001e-5
            and mask is None
            and not self.synchronized
            and not self.renorm
        )
