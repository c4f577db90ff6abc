"""Runge–Kutta steps on a fixed grid (TensorFlow)."""

import dataclasses
from collections.abc import Callable
from typing import final

import tensorflow as tf

from zoo.numerics.tableau import ButcherTableau
from zoo.solvers import interval as intervals
from zoo.solvers.course import Course, Steps, arrays, count_intervals, output_arrays, stack, write
from zoo.solvers.interval import Interval
from zoo.solvers.march import March
from zoo.solvers.status import Status


@final
@dataclasses.dataclass(frozen=True)
class Grid(March):
    """Equal steps between two times, without an estimate of their error.

    Attributes:
        tableau: The method.
        steps: The number of steps in each interval.
        per_sample: Whether f gets the time once for every sample. The steps are the same.
    """

    tableau: ButcherTableau
    steps: int
    per_sample: bool = False

    def run(
        self,
        f: Callable,
        times: tf.Tensor,
        u: list,
        size: tf.Tensor,
        ratio: tf.Tensor,
        record: bool,
        bounded: bool,
    ) -> Course:
        """See ``March.run``; ``size`` and ``ratio`` are handed on as they are, and the arrays are always bounded."""
        total, dtype = self.most_steps(times), times.dtype
        fraction = tf.constant(1 / self.steps, dtype)
        kept = arrays(u, total) if record else []
        outputs = [] if times.shape[0] == 2 else output_arrays(u, times)

        def body(n, state, outputs, kept):
            k = n // self.steps
            position = tf.broadcast_to(self._position(n, dtype), self.batch(u))
            kept = write(kept, n, state)
            span = Interval(times[k], times[k + 1])
            state = intervals.step(self.tableau, f, span, state, position, fraction)
            return n + 1, state, write(outputs, k, state, differentiable=True), kept

        count, state, outputs, kept = tf.while_loop(
            lambda n, *_: n < total, body, (tf.constant(0), u, outputs, kept), maximum_iterations=total
        )
        status = tf.where(self._finite(state), int(Status.SUCCESS), int(Status.NOT_FINITE))
        n = tf.range(total)
        ends = (n + 1) % self.steps == 0
        positions, sizes = self._position(n, dtype), tf.fill([total], fraction)
        steps = Steps(n // self.steps, ends, positions, sizes, stack(kept)) if record else None
        accepted = tf.zeros_like(status) + count
        outputs = stack(outputs) if outputs else [leaf[None] for leaf in state]
        time = tf.stop_gradient(tf.zeros(self.batch(u), dtype) + times[-1])
        counts = accepted, 0 * accepted, count * self.tableau.evaluations
        return Course(outputs, steps, *counts, status, size, ratio, time)

    def most_steps(self, times: tf.Tensor) -> int | tf.Tensor:
        """The number of steps: an ``int``, or a tensor if the number of times is not known."""
        return count_intervals(times) * self.steps

    def adjusted(
        self,
        rtol: float | None = None,
        atol: float | None = None,
        max_steps: int | None = None,
        controlled: int | None = None,
    ) -> "Grid":
        """The same grid: it has no errors to control."""
        return self

    def _position(self, n, dtype):
        """Where step n begins, as a fraction of its interval."""
        return tf.cast(n - n // self.steps * self.steps, dtype) / self.steps

    def _finite(self, state):
        total = tf.add_n([tf.reduce_sum(0 * leaf, range(self.per_sample, leaf.shape.rank)) for leaf in state])
        return total == 0
