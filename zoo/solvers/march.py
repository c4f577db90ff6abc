"""From time to time in Runge–Kutta steps: adaptive, or on a fixed grid (TensorFlow)."""

from typing import NamedTuple

import tensorflow as tf

from zoo.numerics.tableau import ButcherTableau
from zoo.solvers import interval as intervals
from zoo.solvers.adaptive import Adaptive
from zoo.solvers.course import Course, Steps, arrays, count_intervals, output_arrays, stack, write
from zoo.solvers.interval import Interval
from zoo.solvers.step_control import Status


class March(NamedTuple):
    """How intervals are crossed: ``steps`` equal steps, or adaptive ones if it is ``None``.

    The error of an adaptive step is measured on the first ``controlled`` tensors of the state (``None``: all), over the
    batch or for each sample.
    """

    tableau: ButcherTableau
    rtol: float
    atol: float
    steps: int | None
    max_steps: int
    per_sample: bool = False
    controlled: int | None = None

    def run(self, f, times, u, size, ratio, record, bounded):
        """From u at the first of the times to all others.

        Args:
            f: ``f(t, u)`` on lists of tensors.
            times: 1-D; a static length is needed under XLA.
            u: List of tensors.
            size: First step in time; 0 chooses one.
            ratio: Error ratio of the step before it.
            record: Whether the accepted steps are kept.
            bounded: Whether every array of the result needs a static size, as under XLA.
        """
        if self.steps is None:
            return Adaptive(self, f, times).run(u, size, ratio, record, bounded)
        return self._fixed(self.steps, f, times, u, size, ratio, record)

    def most_steps(self, times):
        """Bound of the number of steps: an ``int``, or a tensor if the number of times is not known."""
        return count_intervals(times) * (self.steps or self.max_steps)

    def _fixed(self, each, f, times, u, size, ratio, record):
        """``each`` steps in each interval."""
        total, dtype = self.most_steps(times), times.dtype
        fraction = tf.constant(1 / each, dtype)
        kept = arrays(u, total) if record else []
        outputs = [] if times.shape[0] == 2 else output_arrays(u, times)

        def body(n, state, outputs, kept):
            k = n // each
            position = tf.broadcast_to(tf.cast(n - k * each, dtype) / each, self.batch(u))
            kept = write(kept, n, state)
            span = Interval(times[k], times[k + 1])
            state = intervals.step(self.tableau, f, span, state, position, fraction)
            return n + 1, state, write(outputs, k, state, differentiable=True), kept

        count, state, outputs, kept = tf.while_loop(
            lambda n, *_: n < total, body, (tf.constant(0), u, outputs, kept), maximum_iterations=total
        )
        status = tf.where(self._finite(state), int(Status.SUCCESS), int(Status.NOT_FINITE))
        n = tf.range(total)
        k = n // each
        positions = tf.cast(n - k * each, dtype) / each
        ends = (n + 1) % each == 0
        steps = Steps(k, ends, positions, tf.fill([total], fraction), stack(kept)) if record else None
        accepted = tf.zeros_like(status) + count
        outputs = stack(outputs) if outputs else [leaf[None] for leaf in state]
        return Course(outputs, steps, accepted, 0 * accepted, count * self.tableau.evaluations, status, size, ratio)

    def batch(self, u):
        return tf.shape(u[0])[:1] if self.per_sample else []

    def _finite(self, state):
        total = tf.add_n([tf.reduce_sum(0 * leaf, range(self.per_sample, leaf.shape.rank)) for leaf in state])
        return total == 0
