"""Linear test problems with exact solutions, and how an order is measured."""

import keras
import numpy as np
import scipy.linalg


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


def slope(errors, steps):
    """The order: slope of log error against log step size by least squares."""
    return np.polyfit(np.log(1 / np.asarray(steps)), np.log(errors), 1)[0]


def block(value):
    """A complex number as a real 2×2 matrix."""
    return np.array([[value.real, -value.imag], [value.imag, value.real]])
