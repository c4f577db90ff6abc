"""An interval of time, and Runge–Kutta steps in it as fractions of its length (TensorFlow)."""

from typing import NamedTuple

import tensorflow as tf


class Interval(NamedTuple):
    """[start, end], or backward if end < start. A step of fraction σ has h = σ (end − start).

    Fractions are scalars, or vectors of a number for each sample.
    """

    start: tf.Tensor
    end: tf.Tensor

    @property
    def length(self):
        return self.end - self.start

    def time(self, fraction):
        """The time at a fraction in [0, 1]: exact at both ends, and never outside them."""
        fraction = tf.clip_by_value(fraction, 0.0, 1.0)
        low, high = tf.minimum(self.start, self.end), tf.maximum(self.start, self.end)
        return tf.clip_by_value((1 - fraction) * self.start + fraction * self.end, low, high)


def against(x, leaf):
    """x, a scalar or a number for each sample, in a shape that multiplies a tensor of the state."""
    return x if x.shape.rank == 0 else tf.reshape(x, [-1] + [1] * (leaf.shape.rank - 1))


def combine(u, h, weights, slopes):
    """u + h Σ weightᵢ kᵢ for every tensor of the state; terms of weight 0 are left out."""
    terms = [(weight, slopes[i]) for i, weight in enumerate(weights) if weight]
    if not terms:
        return u
    return [leaf + against(h, leaf) * tf.add_n([weight * k[j] for weight, k in terms]) for j, leaf in enumerate(u)]


def stages(tableau, needed, f, interval, u, position, size, first=None):
    """The slopes kᵢ = f(t + cᵢ h, u + h Σⱼ aᵢⱼ kⱼ) of the needed stages by index; ``first`` is k₀ if it is known."""
    h, slopes = size * interval.length, {}
    for i in needed:
        if i == 0 and first is not None:
            slopes[i] = first
        else:
            time = interval.time(position + tableau.c[i] * size)
            slopes[i] = f(time, combine(u, h, tableau.a[i], slopes))
    return slopes


def step(tableau, f, interval, u, position, size):
    """The state after one step, with the stages that it needs."""
    slopes = stages(tableau, tableau.needed, f, interval, u, position, size)
    return combine(u, size * interval.length, tableau.b, slopes)
