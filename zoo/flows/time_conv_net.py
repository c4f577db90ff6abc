"""A convolutional field that sees the time."""

from typing import Any, final

import keras
from keras import ops

from zoo import _check
from zoo.flows.time_dense import ACTIVATIONS
from zoo.layers import TimeConv2D
from zoo.layers.tensors import Shape, Tensor


@final
@keras.saving.register_keras_serializable(package="zoo")
class TimeConvNet(keras.layers.Layer):
    """``f(t, u) = Kₙ ∗ [t, σ(… σ(K₁ ∗ [t, u]))]``: 3×3 convolutions that each see the time, with σ between them.

    The picture keeps its size; see ``zoo.layers.TimeConv2D``.

    Source: ``ODEnet`` of lib/layers/odefunc.py, strides of one, the authors' code of Grathwohl et al. (2018,
    arXiv:1810.01367). ``zero_last``: Finlay et al. (2020, arXiv:2002.02798).

    Args:
        hidden: Channels of the hidden layers. Defaults to ``(64, 64, 64)``.
        activation: σ: ``"softplus"`` (default), ``"tanh"`` or ``"swish"``.
        zero_last: Whether the last convolution starts at 0, so that the flow starts as the identity. Defaults to
            ``True``.

    Called ``(t, u)``, where t is a scalar or ``(batch,)`` and u ``(batch, height, width, channels)``. Output shape:
    that of u.

    Raises:
        ValueError: A name is unknown, a width is not positive, or (when built) u is no picture.
    """

    def __init__(
        self,
        hidden: tuple[int, ...] = (64, 64, 64),
        activation: str = "softplus",
        zero_last: bool = True,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.hidden = tuple(_check.integer(width, "hidden") for width in hidden)
        self.activation = _check.known(activation, ACTIVATIONS, "activation")
        self.zero_last = bool(zero_last)
        self.convolutions: list[TimeConv2D] = []

    def parts(self) -> dict[str, keras.layers.Layer]:
        """The convolutions by the names of their places."""
        return {each.name: each for each in self.convolutions}

    def build(self, t_shape: Shape, u_shape: Shape) -> None:
        if len(u_shape) != 4:
            raise ValueError(
                f"TimeConvNet is a field of pictures, (batch, height, width, channels). Received the shape: {u_shape}."
            )
        inside = u_shape[-1]
        for n, outside in enumerate((*self.hidden, u_shape[-1]), start=1):
            kernel = "zeros" if self.zero_last and n > len(self.hidden) else None
            each = TimeConv2D(outside, kernel_initializer=kernel, name=f"conv{n}", dtype=self.dtype_policy)
            each.build(t_shape, (*u_shape[:-1], inside))
            each.built = True
            self.convolutions.append(each)
            inside = outside

    def call(self, t: Tensor, u: Tensor) -> Tensor:
        t = ops.reshape(ops.cast(t, self.compute_dtype), (-1, 1, 1, 1))
        for each in self.convolutions[:-1]:
            u = ACTIVATIONS[self.activation](each(t, u))[0]
        return self.convolutions[-1](t, u)

    def compute_output_shape(self, t_shape: Shape, u_shape: Shape) -> Shape:
        return u_shape

    def get_config(self) -> dict[str, Any]:
        names = ("hidden", "activation", "zero_last")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
