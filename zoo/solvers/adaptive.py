"""Runge–Kutta steps whose size is adapted to the error (TensorFlow)."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from zoo.solvers import interval as intervals
from zoo.solvers import step_control
from zoo.solvers.course import Course, Steps, arrays, count_intervals, output_arrays, stack, write
from zoo.solvers.interval import Interval, against
from zoo.solvers.step_control import Status


class _Loop(NamedTuple):
    """The variables of the adaptive loop."""

    interval: tf.Tensor  # its number
    attempts: tf.Tensor  # in this interval
    evaluated: tf.Tensor  # attempts in all
    accepted: tf.Tensor
    rejected: tf.Tensor
    position: tf.Tensor
    size: tf.Tensor
    ratio: tf.Tensor
    status: tf.Tensor
    state: list
    slope: list
    outputs: list
    record: list


class Adaptive(NamedTuple):
    """The adaptive march of f through the times; ``march`` is the ``zoo.solvers.march.March`` with its parameters."""

    march: Any
    f: Callable
    times: tf.Tensor

    def run(self, u, size, ratio, record, bounded):
        """See ``zoo.solvers.march.March.run``."""
        march, f, times = self
        tableau, batch, count = march.tableau, march.batch(u), count_intervals(times)
        size, ratio = (tf.broadcast_to(value, batch) for value in (size, ratio))
        zeros = tf.zeros(batch, tf.int32)
        slope = f(tf.broadcast_to(times[0], batch), u)
        chosen = tf.reduce_all(size == 0)
        size = tf.stop_gradient(tf.cond(chosen, lambda: self._first_size(u, slope), lambda: abs(size)))
        kept = [zeros, zeros == 0, size, size, *u]
        start = _Loop(
            interval=tf.constant(0),
            attempts=tf.constant(0),
            evaluated=tf.constant(0),
            accepted=zeros,
            rejected=zeros,
            position=tf.zeros_like(size),
            size=size,
            ratio=ratio,
            status=zeros,
            state=u,
            slope=slope if tableau.fsal else [],
            outputs=[] if times.shape[0] == 2 else output_arrays(u, times),
            record=arrays(kept, march.most_steps(times) if bounded else None) if record else [],
        )
        end = tf.while_loop(
            lambda loop: (loop.interval < count) & tf.reduce_any(loop.status == int(Status.SUCCESS)),
            lambda loop: (self._attempt(loop),),
            (start,),
            maximum_iterations=march.most_steps(times),
        )[0]
        steps = None
        if record:
            numbers, ends, positions, sizes, *states = stack(end.record)
            steps = Steps(numbers, ends, positions, sizes, states)
        evaluations = end.evaluated * (tableau.stages - bool(tableau.fsal)) + 1 + tf.where(chosen, 1, 0)
        outputs = _reached(end, count)
        return Course(outputs, steps, end.accepted, end.rejected, evaluations, end.status, end.size, end.ratio)

    def _attempt(self, loop):
        """One step that is accepted or not; at the end of the interval, on to the next."""
        march, f, times = self
        tableau, one = march.tableau, tf.ones_like(loop.position)
        span = Interval(times[loop.interval], times[loop.interval + 1])
        waiting = (loop.position >= 1) | (loop.status != int(Status.SUCCESS))  # for the other samples
        fraction = tf.where(span.length == 0, one, tf.math.divide_no_nan(loop.size, abs(span.length)))
        last = loop.position + 1.001 * fraction >= 1
        now = tf.where(waiting, 0 * one, tf.stop_gradient(tf.where(last, 1 - loop.position, fraction)))
        slopes = intervals.stages(
            tableau, range(tableau.stages), f, span, loop.state, loop.position, now, loop.slope or None
        )
        new = intervals.combine(loop.state, now * span.length, tableau.b, slopes)
        error = self._error_ratio(now * span.length, loop.state, new, slopes)
        accept = (error <= 1) & ~waiting
        following = now * step_control.factor(error, loop.ratio, self._error_order)
        stuck = ~accept & ~waiting & ((loop.position + following == loop.position) | (following < 1e-12))
        failure = tf.where(tf.math.is_finite(error), int(Status.STEP_TOO_SMALL), int(Status.NOT_FINITE))
        status = tf.where(stuck, failure, loop.status)
        position = tf.where(accept, tf.where(last, one, loop.position + now), loop.position)
        going = (position < 1) & (status == int(Status.SUCCESS))
        status = tf.where(going & (loop.attempts + 1 >= march.max_steps), int(Status.TOO_MANY_STEPS), status)
        following = tf.stop_gradient(following * abs(span.length))
        following = tf.where(accept & last, tf.maximum(following, loop.size), following)
        state = _choose(accept, new, loop.state)
        crossed = tf.reduce_all((position >= 1) | (status != int(Status.SUCCESS)))
        kept = [tf.zeros_like(loop.accepted) + loop.interval, last, loop.position, now, *loop.state]
        return _Loop(
            interval=loop.interval + tf.cast(crossed, tf.int32),
            attempts=tf.where(crossed, 0, loop.attempts + 1),
            evaluated=loop.evaluated + 1,
            accepted=loop.accepted + tf.cast(accept, tf.int32),
            rejected=loop.rejected + tf.cast(~accept & ~waiting, tf.int32),
            position=tf.where(crossed, 0 * one, position),
            size=tf.where(waiting, loop.size, following),
            ratio=tf.where(accept, error, loop.ratio),
            status=status,
            state=state,
            slope=_choose(accept, slopes[tableau.stages - 1], loop.slope) if loop.slope else [],
            outputs=write(loop.outputs, loop.interval, _blame(status, state), differentiable=True),
            record=write(loop.record, loop.accepted, kept),
        )

    @property
    def _error_order(self):
        return min(self.march.tableau.order, self.march.tableau.embedded_order) + 1

    def _error_ratio(self, h, u, new, slopes):
        march = self.march
        u, new = u[: march.controlled], new[: march.controlled]
        zero = [tf.zeros_like(leaf) for leaf in u]
        error = intervals.combine(zero, h, np.subtract(march.tableau.b, march.tableau.b_embedded), slopes)
        return tf.stop_gradient(step_control.error_ratio(error, u, new, march.rtol, march.atol, march.per_sample))

    def _first_size(self, u, slope):
        march, f, times = self
        span, part = Interval(times[0], times[-1]), slice(march.controlled)

        def controlled(t, v):
            return f(t, [*v, *u[len(v) :]])[part]

        tolerances = (march.rtol, march.atol, self._error_order, march.per_sample)
        return step_control.first_step(controlled, span, u[part], slope[part], *tolerances) * abs(span.length)


def _choose(condition, a, b):
    return [tf.where(against(condition, x), x, y) for x, y in zip(a, b, strict=True)]


def _blame(status, state):
    """The state, or NaN where the solve has failed."""
    valid = tf.where(status == int(Status.SUCCESS), 1.0, np.nan)
    return [leaf * tf.cast(against(valid, leaf), leaf.dtype) for leaf in state]


def _reached(end, count):
    """The states at all times: NaN, with its gradient, from where the solve ended early."""
    state = _blame(end.status, end.state)
    if not end.outputs:
        return [leaf[None] for leaf in state]
    written = tf.range(count) < end.interval
    return [
        tf.where(tf.reshape(written, [-1] + [1] * leaf.shape.rank), output, leaf)
        for output, leaf in zip(stack(end.outputs), state, strict=True)
    ]
