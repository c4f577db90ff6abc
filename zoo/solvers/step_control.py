"""When an adaptive step is accepted, and how long the next one is (TensorFlow)."""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

from zoo.solvers.interval import Interval, against

SAFETY, SMALLEST, LARGEST = 0.9, 0.2, 10.0
NOT_FINITE_FACTOR = 0.1
PROPORTIONAL, INTEGRAL = 0.4, 0.3


class StepControl(NamedTuple):
    """The control of the step size by an estimate of the error.

    States, slopes and errors are lists of tensors; only the first ``controlled`` of them are looked at.

    Attributes:
        rtol: Relative tolerance of a step.
        atol: Absolute tolerance of a step, in units of the state.
        order: The power q of the step size that the error of a step is proportional to.
        per_sample: Whether every sample, an entry of the first axis, is controlled by itself.
        controlled: The number of tensors that the error is measured on; ``None`` means all.
    """

    rtol: float
    atol: float
    order: int
    per_sample: bool = False
    controlled: int | None = None

    def error_ratio(self, error: list, u: list, new: list) -> tf.Tensor:
        """√mean((error / (atol + rtol max(|u|, |u⁺|)))²) over all entries: a step is accepted at 1 or less.

        Args:
            error: The estimated error of the controlled tensors.
            u: The state before the step.
            new: The state after it, u⁺.

        Returns:
            A scalar, or a number for each sample; 0 for a batch of no samples. No gradient passes it.

        Source: Hairer, Nørsett and Wanner (1993), §II.4, equation 4.11.
        """
        before, after = u[: self.controlled], new[: self.controlled]
        scaled = [
            e / (self.atol + self.rtol * tf.maximum(abs(a), abs(b)))
            for e, a, b in zip(error, before, after, strict=True)
        ]
        return tf.stop_gradient(_rms(scaled, self.per_sample))

    def factor(self, ratio: tf.Tensor, previous: tf.Tensor) -> tf.Tensor:
        """Next step over this one: 0.9 ratio^(−0.7/q) previous^(0.4/q) within [0.2, 10], where q = ``order``.

        Args:
            ratio: The error ratio of this step.
            previous: The error ratio of the last accepted step.

        Returns:
            The factor: at most 1 after a step that was not accepted, and 0.1 after one that was not finite.

        Source: Gustafsson's proportional-integral control, Hairer and Wanner, "Solving Ordinary Differential
        Equations II" (1996), §IV.2, equation 2.43.
        """
        tiny = tf.cast(1e-10, ratio.dtype)
        proposed = SAFETY * tf.maximum(ratio, tiny) ** (-(PROPORTIONAL + INTEGRAL) / self.order)
        proposed *= tf.maximum(previous, 1e-4) ** (PROPORTIONAL / self.order)
        limit = tf.where(ratio <= 1, tf.cast(LARGEST, ratio.dtype), 1.0)
        shrunk = tf.cast(NOT_FINITE_FACTOR, ratio.dtype)
        return tf.where(tf.math.is_finite(ratio), tf.clip_by_value(proposed, SMALLEST, limit), shrunk)

    def first_step(self, f: Callable, interval: Interval, u: list, slope: list) -> tf.Tensor:
        """The first step as a fraction of the interval, by one evaluation of f; the probe stays in the interval.

        Args:
            f: ``f(t, u)`` on lists of tensors.
            interval: The whole interval of the solve.
            u: The state at its start.
            slope: f there.

        Returns:
            A scalar, or a number for each sample.

        Source: Hairer, Nørsett and Wanner (1993), §II.4, "Starting step size".
        """
        held, u, slope = u[len(u[: self.controlled]) :], u[: self.controlled], slope[: self.controlled]
        scale = [self.atol + self.rtol * abs(leaf) for leaf in u]

        def size(leaves: list) -> tf.Tensor:
            return _rms([leaf / unit for leaf, unit in zip(leaves, scale, strict=True)], self.per_sample)

        slope = [interval.length * leaf for leaf in slope]
        d0, d1 = size(u), size(slope)
        probe = tf.minimum(tf.where((d0 < 1e-5) | (d1 < 1e-5), tf.cast(1e-6, d0.dtype), 0.01 * d0 / d1), 1.0)
        moved = [leaf + against(probe, leaf) * direction for leaf, direction in zip(u, slope, strict=True)]
        curved = [interval.length * leaf for leaf in f(interval.time(probe), [*moved, *held])[: self.controlled]]
        d2 = size([b - a for a, b in zip(slope, curved, strict=True)]) / probe
        largest = tf.maximum(d1, d2)
        step = tf.where(largest <= 1e-15, tf.maximum(probe * 1e-3, 1e-6), (0.01 / largest) ** (1 / self.order))
        step = tf.minimum(step, 100 * probe)
        return tf.where(tf.math.is_finite(step), tf.minimum(step, 1.0), tf.cast(1e-3, step.dtype))


def _rms(leaves, per_sample):
    """The root of the mean square over the entries of all tensors, or those of each sample; of no entries it is 0."""
    squares = [tf.square(leaf) for leaf in leaves]
    if per_sample:
        squares = [tf.reshape(square, [tf.shape(square)[0], -1]) for square in squares]
    count = tf.add_n([tf.shape(square)[1] if per_sample else tf.size(square) for square in squares])
    total = tf.add_n([tf.reduce_sum(square, 1 if per_sample else None) for square in squares])
    return tf.sqrt(total / tf.cast(tf.maximum(count, 1), total.dtype))
