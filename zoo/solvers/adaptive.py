"""Runge–Kutta steps whose size is adapted to the error (TensorFlow)."""

import dataclasses
from collections.abc import Callable
from typing import final

import tensorflow as tf

from zoo.numerics.tableau import ButcherTableau
from zoo.solvers.attempt import Attempt, Loop, blamed
from zoo.solvers.course import Course, Steps, arrays, count_intervals, output_arrays, stack
from zoo.solvers.interval import Interval
from zoo.solvers.march import March
from zoo.solvers.status import Status
from zoo.solvers.step_control import StepControl


@final
@dataclasses.dataclass(frozen=True)
class Adaptive(March):
    """Steps whose estimated error stays within the tolerances, and which end exactly at every time.

    Attributes:
        tableau: The method, which has an embedded one.
        rtol: Relative tolerance of a step.
        atol: Absolute tolerance of a step, in units of the state.
        max_steps: Most attempts, rejected ones included, in each interval.
        per_sample: Whether every sample, an entry of the first axis, has steps of its own.
        controlled: How many tensors of the state, the first ones, the error is measured on; ``None`` means all.
    """

    tableau: ButcherTableau
    rtol: float
    atol: float
    max_steps: int
    per_sample: bool = False
    controlled: int | None = None

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
        """See ``March.run``."""
        tableau, batch, count = self.tableau, self.batch(u), count_intervals(times)
        size, ratio = (tf.broadcast_to(value, batch) for value in (size, ratio))
        slope = f(tf.broadcast_to(times[0], batch), u)
        chosen = tf.reduce_all(size == 0)
        size = tf.stop_gradient(tf.cond(chosen, lambda: self._first_size(f, times, u, slope), lambda: abs(size)))
        attempt = Attempt(tableau, self._control, self.max_steps, f, times)
        end = tf.while_loop(
            lambda loop: (loop.interval < count) & tf.reduce_any(loop.status == int(Status.SUCCESS)),
            lambda loop: (attempt(loop),),
            (self._start(times, u, slope, size, ratio, record, bounded),),
            maximum_iterations=self.most_steps(times),
        )[0]
        steps = None
        if record:
            numbers, ends, positions, sizes, *states = stack(end.record)
            steps = Steps(numbers, ends, positions, sizes, states)
        evaluations = end.evaluated * (tableau.stages - bool(tableau.fsal)) + 1 + tf.where(chosen, 1, 0)
        outputs = _reached(end, count)
        counts = end.accepted, end.rejected, evaluations
        return Course(outputs, steps, *counts, end.status, end.size, end.ratio, end.time)

    def most_steps(self, times: tf.Tensor) -> int | tf.Tensor:
        """The most attempts in all: an ``int``, or a tensor if the number of times is not known."""
        return count_intervals(times) * self.max_steps

    def adjusted(
        self,
        rtol: float | None = None,
        atol: float | None = None,
        max_steps: int | None = None,
        controlled: int | None = None,
    ) -> "Adaptive":
        """See ``March.adjusted``."""
        return dataclasses.replace(
            self,
            rtol=self.rtol if rtol is None else rtol,
            atol=self.atol if atol is None else atol,
            max_steps=self.max_steps if max_steps is None else max_steps,
            controlled=self.controlled if controlled is None else controlled,
        )

    @property
    def _control(self):
        return StepControl(self.rtol, self.atol, self.tableau.error_order, self.per_sample, self.controlled)

    def _first_size(self, f, times, u, slope):
        span = Interval(times[0], times[-1])
        return self._control.first_step(f, span, u, slope) * abs(span.length)

    def _start(self, times, u, slope, size, ratio, record, bounded):
        """The variables of the loop before the first attempt."""
        zeros = tf.zeros(self.batch(u), tf.int32)
        kept = [zeros, zeros == 0, size, size, *u]
        return Loop(
            interval=tf.constant(0),
            attempts=tf.constant(0),
            evaluated=tf.constant(0),
            accepted=zeros,
            rejected=zeros,
            position=tf.zeros_like(size),
            size=size,
            ratio=ratio,
            time=tf.stop_gradient(tf.zeros_like(size) + times[0]),
            status=zeros,
            state=u,
            slope=slope if self.tableau.fsal else [],
            outputs=[] if times.shape[0] == 2 else output_arrays(u, times),
            record=arrays(kept, self.most_steps(times) if bounded else None) if record else [],
        )


def _reached(end, count):
    """The states at all times: NaN, with its gradient, from where the solve ended early."""
    state = blamed(end.status, end.state)
    if not end.outputs:
        return [leaf[None] for leaf in state]
    written = tf.range(count) < end.interval
    return [
        tf.where(tf.reshape(written, [-1] + [1] * leaf.shape.rank), output, leaf)
        for output, leaf in zip(stack(end.outputs), state, strict=True)
    ]
