"""The right-hand side of a flow: its velocity, and what rides along with the state."""

import math
from typing import NamedTuple

import keras
from keras import ops

from zoo.flows._vjp import value_and_vjp
from zoo.flows.guidance import Guided
from zoo.layers import field as _field


class Dynamics(NamedTuple):
    """``(u, ℓ, k, j)' = (f, tr ∂f/∂u, ½ mean f², mean (εᵀ ∂f/∂u)²)``, each but u if it is wanted.

    ℓ has one entry for each sample: the logarithm of the determinant of the flow from the start to here. The means are
    over the axes of a sample. ε is the constant ``noise``.

    Source: Grathwohl et al. (2018, arXiv:1810.01367), equations 4 and 7; Finlay et al. (2020, arXiv:2002.02798),
    equations 5 and 7.

    Attributes:
        f: The field.
        training: Whether it is called in training.
        trace: ``"exact"``, ``"hutchinson"`` (εᵀ ∂f/∂u ε in the place of the trace), or ``None`` without ℓ.
        kinetic, jacobian: Whether k and j are wanted.
        integer: Whether the condition is a class.
        guided: ``None``, or how much the condition is to be exaggerated.
    """

    f: keras.layers.Layer
    training: bool = False
    trace: str | None = None
    kinetic: bool = False
    jacobian: bool = False
    integer: bool = False
    guided: Guided | None = None

    def start(self, u):
        """The state at the beginning."""
        zero = ops.zeros_like(ops.reshape(u, (ops.shape(u)[0], -1))[:, 0])
        return [u, *[zero] * (bool(self.trace) + self.kinetic + self.jacobian)]

    def __call__(self, t, state, condition=None, noise=None):
        u = state[0]
        if condition is not None and self.integer:
            condition = ops.cast(ops.round(condition), "int32")
        if self.jacobian or self.trace == "hutchinson":
            slope, product = value_and_vjp(lambda u: self.velocity(t, u, condition), u, noise)
        if self.trace == "exact":
            slope, trace = self._exact(t, u, condition)
        elif self.trace:
            trace = _sum(product * noise)
        else:
            slope = self.velocity(t, u, condition)
        riding = [trace] if self.trace else []
        riding += [_mean(slope**2) / 2] if self.kinetic else []
        return [slope, *riding, *([_mean(product**2)] if self.jacobian else [])]

    def velocity(self, t, u, condition):
        """f, guided or not. It is called many times and perhaps again, so that a call must leave no trace."""
        if self.guided is None:
            return self._field(t, u, condition)
        none = ops.full_like(condition, self.guided.null)
        without, with_class = self._field(t, u, none), self._field(t, u, condition)
        weight = ops.cast(self.guided.guidance.at(t), without.dtype)
        return without + weight * (with_class - without)

    def _field(self, t, u, condition):
        def call():
            return evaluate(self.f, t, u, condition, self.training)

        return _field.stateless(self.f, call) if keras.backend.backend() == "tensorflow" else call()

    def _exact(self, t, u, condition):
        """f and the trace: by the field's own formula, or by one product for each direction, all in one batch."""
        if hasattr(self.f, "value_and_trace") and self.guided is None:
            given = () if condition is None else (condition,)
            slope, trace = self.f.value_and_trace(ops.cast(t, self.f.compute_dtype), u, *given)
            return ops.cast(slope, u.dtype), ops.cast(trace, u.dtype)
        shape, count = u.shape[1:], math.prod(u.shape[1:])
        many = (ops.repeat(each, count, axis=0) for each in (u, condition) if each is not None)
        u_many, *held = many
        directions = ops.reshape(ops.eye(count, dtype=u.dtype), (1, count, *shape))
        probe = ops.reshape(directions + 0 * ops.expand_dims(u, 1), (-1, *shape))
        condition = held[0] if held else None
        slope, product = value_and_vjp(lambda u: self.velocity(t, u, condition), u_many, probe)
        trace = ops.sum(ops.reshape(_sum(product * probe), (-1, count)), axis=1)
        return ops.reshape(slope, (-1, count, *shape))[:, 0], trace


def evaluate(f, t, u, condition, training):
    """f at (t, u) in the dtype of u; t is cast to the field's own dtype, and is a scalar or ``(batch,)``."""
    given = () if condition is None else (condition,)
    value = f(ops.cast(t, f.compute_dtype), u, *given, training=training)
    return ops.cast(value, u.dtype)


def _sum(x):
    return ops.sum(ops.reshape(x, (ops.shape(x)[0], -1)), axis=1)


def _mean(x):
    return ops.mean(ops.reshape(x, (ops.shape(x)[0], -1)), axis=1)
