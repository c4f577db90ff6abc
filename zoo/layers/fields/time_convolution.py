"""Convolution that sees the time."""

from typing import Any, final

import keras

from zoo import _check
from zoo.layers.tensors import Shape, Tensor


@final
@keras.saving.register_keras_serializable(package="zoo")
class TimeConv2D(keras.layers.Layer):
    """``y = K ∗ [t, u] + b``: a convolution whose input has the time t as one more, constant channel.

    The channel is never made: ``K ∗ [t, u] = Kᵤ ∗ u + t (Kₜ ∗ 1)``, where Kₜ, the first slice of K, meets a single map
    of ones; at the border both see zeros. That saves the copy of u and keeps its number of channels even.

    Source: ``ConcatConv2d`` of the authors' example of Chen et al. (2018, arXiv:1806.07366), odenet_mnist.py.

    Args:
        filters: Channels of y.
        kernel_size: Odd height and width of K. Defaults to ``3``.
        kernel_initializer: Of K, ``(height, width, 1 + channels, filters)``. Defaults to ``None``: U(±1/√fan-in),
            with which PyTorch's convolutions start.
        bias_initializer: Of b. Defaults to ``"zeros"``.

    Called ``(t, u)``: t a scalar, or ``(batch, 1, 1, 1)``; u ``(batch, height, width, channels)``. Output shape:
    ``(batch, height, width, filters)``.

    Raises ``ValueError`` if ``filters`` is not a positive integer or ``kernel_size`` not a positive odd one.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int = 3,
        kernel_initializer: Any = None,
        bias_initializer: Any = "zeros",
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.filters = _check.integer(filters, "filters")
        self.kernel_size = _check.integer(kernel_size, "kernel_size")
        if self.kernel_size % 2 == 0:
            raise ValueError(f"kernel_size must be odd, so that the map keeps its place. Received: {kernel_size}.")
        self.kernel_initializer = keras.initializers.get(kernel_initializer or like_torch())
        self.bias_initializer = keras.initializers.get(bias_initializer)

    def build(self, t_shape: Shape, u_shape: Shape) -> None:
        shape = (self.kernel_size, self.kernel_size, 1 + u_shape[-1], self.filters)
        self.kernel = self.add_weight(shape=shape, initializer=self.kernel_initializer, name="kernel")
        self.bias = self.add_weight(shape=shape[-1:], initializer=self.bias_initializer, name="bias")

    def call(self, t: Tensor, u: Tensor) -> Tensor:
        of_time, of_state = self.kernel[:, :, :1], self.kernel[:, :, 1:]
        _, height, width, _ = keras.ops.shape(u)  # not a part of u, which may have no samples
        ones = keras.ops.ones((1, height, width, 1), u.dtype)
        of_state = self._convolved(u, of_state)
        # TensorFlow 2.21 with oneDNN gives a convolution of no samples the channels of u
        of_state = keras.ops.reshape(of_state, (-1, height, width, self.filters))
        return of_state + (t * self._convolved(ones, of_time) + self.bias)

    def _convolved(self, u, kernel):
        return keras.ops.conv(u, kernel, padding="same", data_format="channels_last")

    def compute_output_shape(self, t_shape: Shape, u_shape: Shape) -> Shape:
        return (*u_shape[:-1], self.filters)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
        }


def like_torch() -> keras.initializers.Initializer:
    """U(±1/√fan-in), with which PyTorch's convolutions start."""
    return keras.initializers.VarianceScaling(1 / 3, "fan_in", "uniform")
