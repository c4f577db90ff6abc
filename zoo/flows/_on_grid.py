"""The solve of a flow in equal steps, by ``zoo.layers.RungeKutta``, on any backend."""

import math

import keras
from keras import ops

from zoo.flows._carried import Carried
from zoo.layers import RungeKutta


class _Packed(keras.layers.Layer):
    """The dynamics on one matrix, ``(batch, entries)``: u, and a column for each of what rides along; its time is the
    share of the interval from ``start`` that has passed."""

    def __init__(self, dynamics, shape, start, length, constants):
        super().__init__(dtype="float32", autocast=False)
        self.dynamics, self.shape, self.constants = dynamics, shape, constants
        self.start, self.length = start, length

    def call(self, t, u):
        slopes = self.dynamics(self.start + t * self.length, self.unpacked(u), **self.constants)
        return self.length * self.packed(slopes)

    def packed(self, state):
        """The state as a matrix."""
        u, *riding = state
        rows = ops.reshape(u, (-1, math.prod(self.shape)))
        return ops.concatenate([rows, *(ops.expand_dims(column, 1) for column in riding)], axis=1)

    def unpacked(self, u):
        """The state of a matrix."""
        count = math.prod(self.shape)
        columns = [u[:, n] for n in range(count, u.shape[1])]
        return [ops.reshape(u[:, :count], (-1, *self.shape)), *columns]


def carry(dynamics, u, times, constants, discretization):
    """From u at the first of the times to all others, ``discretization.steps`` steps to each.

    Raises ``RuntimeError`` if the steps are to adapt.
    """
    d = discretization
    if d.steps is None:
        raise RuntimeError(
            "Steps that adapt need TensorFlow: set KERAS_BACKEND=tensorflow. On this backend a flow is solved in equal "
            f"steps, such as solver='rk4', steps=20. Received: backend {keras.backend.backend()!r}, steps=None."
        )
    states, evaluations = [dynamics.start(u)], 0
    for start, end in zip(times[:-1], times[1:], strict=True):
        field = _Packed(dynamics, u.shape[1:], start, end - start, constants)
        field.built = True
        run = RungeKutta(field, d.solver, 1 / d.steps, d.steps, dtype="float32")
        run.built = True
        states.append(field.unpacked(run(field.packed(states[-1]))))
        evaluations += run.evaluations
    stacked = [ops.stack(each) for each in zip(*states[1:], strict=True)]
    return Carried(stacked[0], stacked[1:], evaluations, 0, 0)
