"""Test problems with known solutions as Keras fields in float64, and how an order is measured."""

import dataclasses
from collections.abc import Callable

import keras
import numpy as np
import scipy.integrate
import scipy.linalg


class Field(keras.layers.Layer):
    """f(u) = function(u), in float64; it keeps the points at which it was called (eagerly)."""

    def __init__(self, function, **kwargs):
        super().__init__(dtype="float64", **kwargs)
        self.function = function
        self.points = []

    def call(self, u):
        if not isinstance(u, keras.KerasTensor):
            self.points.append((None, keras.ops.convert_to_numpy(u).copy()))
        return self.function(u)

    def compute_output_shape(self, u_shape):
        return u_shape


class TimedField(keras.layers.Layer):
    """f(t, u) = function(t, u), in float64; it keeps the points at which it was called (eagerly)."""

    def __init__(self, function, **kwargs):
        super().__init__(dtype="float64", **kwargs)
        self.function = function
        self.points = []

    def call(self, t, u):
        if not isinstance(u, keras.KerasTensor):
            self.points.append((float(t), keras.ops.convert_to_numpy(u).copy()))
        return self.function(t, u)

    def compute_output_shape(self, t_shape, u_shape):
        return u_shape


@dataclasses.dataclass(frozen=True)
class Problem:
    """u' = f(u) or f(t, u) from ``start`` at t = 0, and its solution at t = 1.

    ``fields()`` makes the Keras fields that the scheme takes: one f, or the two of a coupled pair.
    """

    name: str
    fields: Callable
    start: np.ndarray
    end: np.ndarray


def linear_field(matrix):
    """The Keras layer f(u) = matrix · u on row vectors, in float64."""
    matrix = np.asarray(matrix, "float64")
    layer = keras.layers.Dense(len(matrix), use_bias=False, dtype="float64")
    layer.build((None, len(matrix)))
    layer.kernel.assign(matrix.T)
    return layer


def flow(matrix, time, u):
    """The exact solution of u' = matrix · u after ``time``."""
    return u @ scipy.linalg.expm(np.asarray(matrix) * time).T


def random_matrix(size=4, seed=0):
    """A matrix of norm about 1, neither symmetric nor normal."""
    return np.random.default_rng(seed).normal(size=(size, size)) / np.sqrt(size)


def reference(f, start):
    """The solution of u' = f(t, u) at t = 1, to about 1e-13."""
    solution = scipy.integrate.solve_ivp(f, (0, 1), start, "DOP853", rtol=1e-13, atol=1e-14)
    return solution.y[:, -1]


def slope(errors, steps):
    """The order: slope of log error against log step size by least squares."""
    return np.polyfit(np.log(1 / np.asarray(steps)), np.log(errors), 1)[0]


def block(value):
    """A complex number as a real 2×2 matrix."""
    return np.array([[value.real, -value.imag], [value.imag, value.real]])


def blocks(matrix):
    """A complex matrix as a real one of 2×2 blocks."""
    return np.block([[block(value) for value in row] for row in np.asarray(matrix, complex)])


def _pair(f, g):
    """x' = f(y), y' = g(x), on the row [x, y] of two halves."""

    def change(t, u):
        x, y = np.split(u, 2)
        return np.concatenate([f(y), g(x)])

    return change


_U = np.array([[1.0, -0.5, 0.3, 0.8]])
_MATRIX = 2 * random_matrix()
_SINE = np.array([[0.5, -0.3, 0.9, 0.1]])

LINEAR = Problem("linear", lambda: [linear_field(_MATRIX)], _U, flow(_MATRIX, 1.0, _U))

LOGISTIC = Problem(
    "logistic",
    lambda: [Field(lambda u: 2 * u * (1 - u))],
    np.array([[0.1, 0.4]]),
    1 / (1 + (1 / np.array([[0.1, 0.4]]) - 1) * np.exp(-2.0)),
)

SYSTEM = Problem(
    "predator and prey",
    lambda: [Field(lambda u: keras.ops.stack([u[:, 0] * (1 - u[:, 1]), u[:, 1] * (u[:, 0] - 1)], axis=1))],
    np.array([[1.5, 0.5]]),
    reference(lambda t, u: [u[0] * (1 - u[1]), u[1] * (u[0] - 1)], [1.5, 0.5])[None],
)

NON_AUTONOMOUS = Problem(
    "non-autonomous",
    lambda: [TimedField(lambda t, u: 2 * keras.ops.cos(t) * u)],
    np.array([[0.5, 1.0]]),
    np.array([[0.5, 1.0]]) * np.exp(2 * np.sin(1.0)),
)

DECAY = Problem(
    "decay, u' = −f",
    lambda: [Field(lambda u: u**3)],
    np.array([[1.0, 0.4]]),
    1 / np.sqrt(2.0 + 1 / np.array([[1.0, 0.4]]) ** 2),
)

AT_REST = Problem(
    "pendulum at rest, u'' = f",
    lambda: [Field(lambda u: -keras.ops.sin(u))],
    np.array([[1.0]]),
    reference(lambda t, u: [u[1], -np.sin(u[0])], [1.0, 0.0])[None, :1],
)

PAIR = Problem(
    "pair, x' = f(y), y' = g(x)",
    lambda: [Field(keras.ops.sin), Field(lambda u: u - 0.5 * u**2)],
    _SINE,
    reference(_pair(np.sin, lambda x: x - 0.5 * x**2), _SINE[0])[None],
)

HAMILTON = Problem(
    "pendulum, y' = f(z), z' = −g(y)",
    lambda: [Field(lambda z: z), Field(keras.ops.sin)],
    _SINE,
    reference(_pair(lambda z: z, lambda y: -np.sin(y)), _SINE[0])[None],
)
