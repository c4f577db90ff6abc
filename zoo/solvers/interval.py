"""An interval of time, and Runge–Kutta steps in it as fractions of its length (TensorFlow)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import tensorflow as tf

from zoo.numerics.tableau import ButcherTableau


class Interval(NamedTuple):
    """[start, end], or backward if end < start. A step of fraction σ has h = σ (end − start).

    Fractions are scalars, or vectors of a number for each sample.
    """

    start: tf.Tensor
    end: tf.Tensor

    @property
    def length(self) -> tf.Tensor:
        """end − start: negative if time runs backward."""
        return self.end - self.start

    def time(self, fraction: tf.Tensor) -> tf.Tensor:
        """The time at a fraction in [0, 1]: exact at both ends, and never outside them."""
        fraction = tf.clip_by_value(fraction, 0.0, 1.0)
        low, high = tf.minimum(self.start, self.end), tf.maximum(self.start, self.end)
        return tf.clip_by_value((1 - fraction) * self.start + fraction * self.end, low, high)


def against(x: tf.Tensor, leaf: tf.Tensor) -> tf.Tensor:
    """x, a scalar or a number for each sample, in a shape that multiplies a tensor of the state."""
    return x if x.shape.rank == 0 else tf.reshape(x, [-1] + [1] * (leaf.shape.rank - 1))


def combine(u: list, h: tf.Tensor, weights: Sequence[float], slopes: Mapping[int, list]) -> list:
    """u + h Σ weightᵢ kᵢ for every tensor of the state; terms of weight 0 are left out.

    Args:
        u: The state, a list of tensors.
        h: The step in time: a scalar, or a number for each sample.
        weights: One number a stage.
        slopes: The slopes kᵢ by the index of their stage; those of weight 0 may be missing.

    Returns:
        A list like u.
    """
    terms = [(weight, slopes[i]) for i, weight in enumerate(weights) if weight]
    if not terms:
        return u
    return [leaf + against(h, leaf) * tf.add_n([weight * k[j] for weight, k in terms]) for j, leaf in enumerate(u)]


def stages(
    tableau: ButcherTableau,
    needed: Iterable[int],
    f: Callable,
    interval: Interval,
    u: list,
    position: tf.Tensor,
    size: tf.Tensor,
    first: list | None = None,
) -> dict[int, list]:
    """The slopes kᵢ = f(t + cᵢ h, u + h Σⱼ aᵢⱼ kⱼ) of the needed stages.

    Args:
        tableau: The method.
        needed: Indices of stages, in rising order.
        f: ``f(t, u)`` on lists of tensors.
        interval: The interval of time that the step lies in.
        u: The state at the beginning of the step.
        position: Where the step begins, as a fraction of the interval.
        size: The step as a fraction of the interval.
        first: k₀ if it is known.

    Returns:
        The slopes by the index of their stage.
    """
    h, slopes = size * interval.length, {}
    for i in needed:
        if i == 0 and first is not None:
            slopes[i] = first
        else:
            time = interval.time(position + tableau.c[i] * size)
            slopes[i] = f(time, combine(u, h, tableau.a[i], slopes))
    return slopes


def step(
    tableau: ButcherTableau, f: Callable, interval: Interval, u: list, position: tf.Tensor, size: tf.Tensor
) -> list:
    """The state after one step, with the stages that it needs. The arguments are those of ``stages``."""
    slopes = stages(tableau, tableau.needed, f, interval, u, position, size)
    return combine(u, size * interval.length, tableau.b, slopes)
