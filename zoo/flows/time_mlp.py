"""A fully connected field that sees the time."""

from typing import Any, final

import keras
from keras import ops

from zoo import _check
from zoo.flows.time_dense import ACTIVATIONS, KINDS, TimeDense
from zoo.layers.tensors import Shape, Tensor


@final
@keras.saving.register_keras_serializable(package="zoo")
class TimeMLP(keras.layers.Layer):
    """``f(t, u) = Aₙ(t, σ(… σ(A₁(t, u))))``: affine maps that each see the time, with σ between them.

    Beside its value it gives the trace of its Jacobian, ``value_and_trace``. Of two hidden layers with slopes a and b
    and matrices W, ``tr ∂f/∂u = aᵀ (W₂ ⊙ (W₃ W₁)ᵀ) b`` (gates of the time left out): one more product of the width of a
    layer, whatever the dimensions D are. Otherwise the D columns of ∂f/∂u go through the maps together with the value,
    in one product with each matrix.

    Source: Grathwohl et al. (2018, arXiv:1810.01367), §4 and appendix B.2; the authors' code, lib/layers/odefunc.py.
    ``zero_last``: Finlay et al. (2020, arXiv:2002.02798).

    Args:
        hidden: Widths of the hidden layers. Defaults to ``(64, 64, 64)``.
        kind: How a map sees the time: ``"concatsquash"`` (default) or ``"concat"``, see ``TimeDense``.
        activation: σ: ``"softplus"`` (default), ``"tanh"`` or ``"swish"``, all smooth, as solvers of order above 1
            need them.
        zero_last: Whether the last map starts at 0, so that the flow starts as the identity. Defaults to ``True``.
        classes: How many classes the condition is one of, an integer for each sample, which joins u as a one-hot vector
            with one entry more, that of no class. Defaults to ``None``: a condition is a vector, which joins u as it
            is.

    Called ``(t, u)`` or ``(t, u, condition)``, where t is a scalar or ``(batch,)`` and u ``(batch, dimensions)``.
    Output shape: that of u.

    Raises:
        ValueError: A name is unknown, a width is not positive, or (when built) u is no vector.
    """

    def __init__(
        self,
        hidden: tuple[int, ...] = (64, 64, 64),
        kind: str = "concatsquash",
        activation: str = "softplus",
        zero_last: bool = True,
        classes: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.hidden = tuple(_check.integer(width, "hidden") for width in hidden)
        self.kind = _check.known(kind, KINDS, "kind")
        self.activation = _check.known(activation, ACTIVATIONS, "activation")
        self.zero_last = bool(zero_last)
        self.classes = None if classes is None else _check.integer(classes, "classes")
        self.maps: list[TimeDense] = []

    def parts(self) -> dict[str, keras.layers.Layer]:
        """The affine maps by the names of their places."""
        return {each.name: each for each in self.maps}

    def build(self, t_shape: Shape, u_shape: Shape, condition_shape: Shape | None = None) -> None:
        if len(u_shape) != 2:
            raise ValueError(f"TimeMLP is a field of vectors, (batch, dimensions). Received the shape: {u_shape}.")
        widths = [u_shape[-1] + self._width(condition_shape), *self.hidden, u_shape[-1]]
        last = len(self.hidden)
        for n, (inside, outside) in enumerate(zip(widths[:-1], widths[1:], strict=True)):
            zero = self.zero_last and n == last
            each = TimeDense(outside, self.kind, zero, name=f"dense{n + 1}", dtype=self.dtype_policy)
            each.build(t_shape, (None, inside))
            self.maps.append(each)

    def _width(self, shape):
        """How many entries of the condition join u."""
        if shape is None:
            return 0
        return self.classes + 1 if self.classes is not None else shape[-1]

    def call(self, t: Tensor, u: Tensor, condition: Tensor | None = None) -> Tensor:
        u = self._joined(u, condition)
        for each in self.maps[:-1]:
            u = ACTIVATIONS[self.activation](each(t, u))[0]
        return self.maps[-1](t, u)

    def value_and_trace(self, t: Tensor, u: Tensor, condition: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """``f(t, u)`` and ``tr ∂f/∂u``, ``(batch,)``."""
        if len(self.maps) == 3 and len(t.shape) == 0:
            return self._of_two_hidden(t, u, condition)
        first, last = self.maps[0], self.maps[-1]
        value, columns = first(t, self._joined(u, condition)), first.columns(t, u.shape[-1])
        if first is last:
            return value, ops.trace(columns, axis1=1, axis2=2) + ops.zeros_like(value[:, 0])
        for each in self.maps[1:]:
            value, slope = ACTIVATIONS[self.activation](value)
            columns = slope[:, None] * columns
            if each is not last:
                value, columns = each.with_columns(t, value, columns)
        diagonal = ops.einsum("bdi,id->bd", columns, last.matrix) * last.gate(t)
        return last(t, value), ops.sum(diagonal, axis=-1)

    def _of_two_hidden(self, t, u, condition):
        """``value_and_trace`` at one time for the batch: the matrix between the slopes is the same for all samples."""
        first, second, last = self.maps
        activation = ACTIVATIONS[self.activation]
        value, before = activation(first(t, self._joined(u, condition)))
        value, after = activation(second(t, value))
        around = ops.matmul(last.matrix * last.gate(t), first.columns(t, u.shape[-1])[0])
        between = second.matrix * second.gate(t) * ops.transpose(around)
        return last(t, value), ops.sum(ops.matmul(before, between) * after, axis=-1)

    def _joined(self, u, condition):
        if condition is None:
            return u
        if self.classes is not None:
            condition = ops.one_hot(ops.cast(condition, "int32"), self.classes + 1, dtype=u.dtype)
        return ops.concatenate([u, ops.cast(condition, u.dtype)], axis=-1)

    def compute_output_shape(self, t_shape: Shape, u_shape: Shape, condition_shape: Shape | None = None) -> Shape:
        return u_shape

    def get_config(self) -> dict[str, Any]:
        names = ("hidden", "kind", "activation", "zero_last", "classes")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
