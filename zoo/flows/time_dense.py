"""An affine map that sees the time."""

from typing import Any, final

import keras
from keras import ops

from zoo import _check
from zoo.layers.tensors import Shape, Tensor

KINDS = ("concatsquash", "concat")
"""How a map sees the time."""


@final
@keras.saving.register_keras_serializable(package="zoo")
class TimeDense(keras.layers.Layer):
    """``(W u + b) ⊙ σ(w t + c) + v t``, σ the logistic function; or ``W u + v t + b`` (``"concat"``).

    Source: ``ConcatSquashLinear`` and ``ConcatLinear`` of lib/layers/diffeq_layers/basic.py, the authors' code of
    Grathwohl et al. (2018, arXiv:1810.01367).

    Args:
        units: Entries of the output.
        kind: ``"concatsquash"`` (default) or ``"concat"``.
        zero: Whether the map starts at 0. Defaults to ``False``.

    Called ``(t, u)``, where t is a scalar or ``(batch,)`` and u ``(batch, …, entries)``. Output: ``(batch, …, units)``.
    """

    def __init__(self, units: int, kind: str = "concatsquash", zero: bool = False, **kwargs: Any):
        super().__init__(**kwargs)
        self.units = _check.integer(units, "units")
        self.kind = _check.known(kind, KINDS, "kind")
        self.zero = bool(zero)

    def build(self, t_shape: Shape, u_shape: Shape) -> None:
        matrix = "zeros" if self.zero else keras.initializers.GlorotUniform()
        self.matrix = self.add_weight(shape=(u_shape[-1], self.units), initializer=matrix, name="kernel")
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")
        row = "zeros" if self.zero else keras.initializers.RandomUniform(-1.0, 1.0)
        self.time_row = self.add_weight(shape=(self.units,), initializer=row, name="time_kernel")
        if self.kind == "concatsquash":
            row = keras.initializers.RandomUniform(-1.0, 1.0)
            self.gate_row = self.add_weight(shape=(self.units,), initializer=row, name="gate_kernel")
            self.gate_bias = self.add_weight(shape=(self.units,), initializer="zeros", name="gate_bias")

    def call(self, t: Tensor, u: Tensor) -> Tensor:
        return self._moved(t, ops.matmul(u, self.matrix), len(u.shape))

    def with_columns(self, t: Tensor, u: Tensor, columns: Tensor) -> tuple[Tensor, Tensor]:
        """The value at u, ``(batch, entries)``, and the linear part of the map at columns, ``(batch, columns,
        entries)``, by one product."""
        product = ops.matmul(ops.concatenate([u[:, None], columns], axis=1), self.matrix)
        return self._moved(t, product[:, 0], 2), product[:, 1:] * self._wide(self.gate(t), 3)

    def columns(self, t: Tensor, count: int) -> Tensor:
        """The columns of the Jacobian for the first entries of the input, ``(batch or 1, count, units)``."""
        return self.matrix[None, :count] * self._wide(self.gate(t), 3)

    def gate(self, t: Tensor) -> Tensor:
        """What the linear part is multiplied with, ``(batch or 1, units)``."""
        t = ops.reshape(ops.cast(t, self.compute_dtype), (-1, 1))
        if self.kind == "concat":
            return ops.ones_like(t * self.bias)
        return ops.sigmoid(t * self.gate_row + self.gate_bias)

    def _moved(self, t, product, rank):
        """The value, from W u."""
        column = ops.reshape(ops.cast(t, self.compute_dtype), (-1, 1))
        moved = product + self.bias
        if self.kind == "concatsquash":
            moved = moved * self._wide(self.gate(t), rank)
        return moved + self._wide(column * self.time_row, rank)

    def _wide(self, x, rank):
        """x, ``(batch or 1, units)``, as a tensor of that rank."""
        return ops.reshape(x, (-1, *[1] * (rank - 2), self.units))

    def compute_output_shape(self, t_shape: Shape, u_shape: Shape) -> Shape:
        return (*u_shape[:-1], self.units)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "units": self.units, "kind": self.kind, "zero": self.zero}


def tanh(x: Tensor) -> tuple[Tensor, Tensor]:
    """``tanh x`` and its derivative."""
    y = ops.tanh(x)
    return y, 1 - y * y


def softplus(x: Tensor) -> tuple[Tensor, Tensor]:
    """``log(1 + eˣ)`` and its derivative."""
    return ops.softplus(x), ops.sigmoid(x)


def swish(x: Tensor) -> tuple[Tensor, Tensor]:
    """``x σ(x)`` and its derivative."""
    s = ops.sigmoid(x)
    return x * s, s * (1 + x * (1 - s))


ACTIVATIONS = {"softplus": softplus, "tanh": tanh, "swish": swish}
"""Every activation by name, each with its derivative."""
