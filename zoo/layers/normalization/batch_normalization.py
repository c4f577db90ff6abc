"""Batch normalization by TensorFlow's fused kernel, with Keras's own numbers."""

from typing import final

import keras

from zoo.layers.tensors import Tensor


@final
@keras.saving.register_keras_serializable(package="zoo")
class BatchNormalization(keras.layers.BatchNormalization):
    """``y = γ (x − mean) / √(var + ε) + β`` over all axes but the last; Keras's layer, made fast.

    Arguments, weights, outputs and moving statistics are those of
    ``keras.layers.BatchNormalization``; a configuration or a weight file of one fits the other.
    On TensorFlow a 4-D channels-last input goes through one fused kernel, where Keras's layer takes
    a dozen passes over the data. The kernel reports the unbiased variance; here it is multiplied by
    (n − 1)/n, n = batch · height · width, so that the moving variance is Keras's. Everything else is
    left to Keras: other backends, ranks and axes, float64, masks, ``synchronized``, ``renorm``, and
    ε below 1.001e-5, which the kernel would raise.

    Source: Ioffe and Szegedy (2015, arXiv:1502.03167), algorithm 1.

    Call arguments:
        inputs: ``(batch, height, width, channels)``; any shape that Keras's layer takes.
        training: Whether to use and update batch statistics. As in Keras, a layer with
            ``trainable=False`` always uses its moving statistics.
        mask: Left to Keras's layer.
    """

    def call(self, inputs: Tensor, training: bool | None = None, mask: Tensor | None = None) -> Tensor:
        if not self._fits_fused_kernel(inputs, mask):
            return super().call(inputs, training=training, mask=mask)
        import tensorflow as tf

        training = bool(training and self.trainable)
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

    def _move(self, average, value):
        average.assign(average * self.momentum + value * (1.0 - self.momentum))

    def _fits_fused_kernel(self, inputs, mask) -> bool:
        return (
            keras.backend.backend() == "tensorflow"
            and len(inputs.shape) == 4
            and self.axis in (-1, 3)
            and keras.backend.standardize_dtype(inputs.dtype) in ("float32", "float16", "bfloat16")
            and keras.backend.standardize_dtype(self.moving_mean.dtype) == "float32"
            and self.epsilon >= 1.001e-5
            and mask is None
            and not self.synchronized
            and not self.renorm
        )
