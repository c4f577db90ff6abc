"""The field of planar flows whose parameters a hyper-network of the time gives."""

from typing import Any, final

import keras
from keras import ops

from zoo import _check
from zoo.flows.time_dense import ACTIVATIONS
from zoo.layers.tensors import Shape, Tensor


@final
@keras.saving.register_keras_serializable(package="zoo")
class Planar(keras.layers.Layer):
    """``f(t, u) = 1/M Σₙ σ(gₙ) vₙ h(wₙᵀu + bₙ)``, where a hyper-network of the time gives w, v, b and g at t.

    M planar flows at once, each with a gate σ(gₙ) in (0, 1), the logistic function. Beside its value it gives the trace
    of its Jacobian in closed form, ``value_and_trace``: ``tr ∂f/∂u = 1/M Σₙ σ(gₙ) h'(wₙᵀu + bₙ) wₙᵀvₙ``.

    Source: Chen et al. (2018, arXiv:1806.07366), §4 and §4.1; the hyper-network is that of examples/cnf.py in the
    authors' torchdiffeq, two hidden layers of tanh. As there the sum over n is a mean; there each entry of v has a gate
    of its own.

    Args:
        width: M. Defaults to ``64``.
        hidden: Widths of the hidden layers of the hyper-network. Defaults to ``(32, 32)``.
        activation: h: ``"tanh"`` (default), ``"softplus"`` or ``"swish"``.

    Called ``(t, u)``, where t is a scalar or ``(batch,)`` and u ``(batch, dimensions)``. Output shape: that of u.

    Raises:
        ValueError: A name is unknown, a width is not positive, or (when built) u is no vector.
    """

    def __init__(
        self, width: int = 64, hidden: tuple[int, ...] = (32, 32), activation: str = "tanh", **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.width = _check.integer(width, "width")
        self.hidden = tuple(_check.integer(each, "hidden") for each in hidden)
        self.activation = _check.known(activation, ACTIVATIONS, "activation")
        self.hyper: list[keras.layers.Dense] = []

    def parts(self) -> dict[str, keras.layers.Layer]:
        """The layers of the hyper-network by the names of their places."""
        return {layer.name: layer for layer in self.hyper}

    def build(self, t_shape: Shape, u_shape: Shape) -> None:
        if len(u_shape) != 2:
            raise ValueError(f"Planar is a field of vectors, (batch, dimensions). Received the shape: {u_shape}.")
        inside = 1
        sizes = [*((size, "tanh") for size in self.hidden), (2 * self.width * (u_shape[-1] + 1), None)]
        for number, (size, activation) in enumerate(sizes, start=1):
            layer = keras.layers.Dense(size, activation, name=f"hyper{number}", dtype=self.dtype_policy)
            layer.build((None, inside))
            self.hyper.append(layer)
            inside = size

    def call(self, t: Tensor, u: Tensor) -> Tensor:
        _, v, gates, (value, _) = self._at(t, u)
        return ops.sum((gates * value)[..., None] * v, axis=1)

    def value_and_trace(self, t: Tensor, u: Tensor) -> tuple[Tensor, Tensor]:
        """``f(t, u)`` and ``tr ∂f/∂u``, ``(batch,)``."""
        w, v, gates, (value, slope) = self._at(t, u)
        trace = ops.sum(gates * slope * ops.sum(w * v, axis=-1), axis=1)
        return ops.sum((gates * value)[..., None] * v, axis=1), trace

    def _at(self, t, u):
        """w and v, ``(batch or 1, M, dimensions)``, the gates over M, and h with its derivative, ``(batch, M)``."""
        size = self.width * u.shape[-1]
        given = ops.reshape(ops.cast(t, self.compute_dtype), (-1, 1))
        for layer in self.hyper:
            given = layer(given)
        w, v = (
            ops.reshape(part, (-1, self.width, u.shape[-1])) for part in (given[:, :size], given[:, size : 2 * size])
        )
        b, gates = given[:, 2 * size : 2 * size + self.width], given[:, 2 * size + self.width :]
        inner = ops.sum(w * u[:, None], axis=-1) + b
        return w, v, ops.sigmoid(gates) / self.width, ACTIVATIONS[self.activation](inner)

    def compute_output_shape(self, t_shape: Shape, u_shape: Shape) -> Shape:
        return u_shape

    def get_config(self) -> dict[str, Any]:
        own = {"width": self.width, "hidden": self.hidden, "activation": self.activation}
        return {**super().get_config(), **own}
