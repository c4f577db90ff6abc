"""One attempt at an adaptive step, the body of the loop (TensorFlow)."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from zoo.numerics.tableau import ButcherTableau
from zoo.solvers import interval as intervals
from zoo.solvers.course import write
from zoo.solvers.interval import Interval, against
from zoo.solvers.status import Status
from zoo.solvers.step_control import StepControl


class Loop(NamedTuple):
    """The variables of the adaptive loop. From ``accepted`` to ``status``, they are vectors if each sample has its
    own steps."""

    interval: tf.Tensor  # its number
    attempts: tf.Tensor  # in this interval
    evaluated: tf.Tensor  # attempts in all
    accepted: tf.Tensor
    rejected: tf.Tensor
    position: tf.Tensor  # as a fraction of the interval
    size: tf.Tensor  # of the next step in time
    ratio: tf.Tensor  # error ratio of the last accepted step
    time: tf.Tensor  # at the end of that step
    status: tf.Tensor
    state: list
    slope: list  # f there, if the tableau's last stage gives it
    outputs: list
    record: list


class _Trial(NamedTuple):
    """A step that was tried."""

    waiting: tf.Tensor  # for the other samples: no step at all
    last: tf.Tensor  # whether it reaches the end of the interval
    length: tf.Tensor  # of the interval, never negative
    fraction: tf.Tensor  # the step's size as one of the interval
    time: tf.Tensor  # at its end
    state: list  # after it
    slope: list  # its last stage
    error: tf.Tensor  # its error ratio


class Attempt(NamedTuple):
    """One step that is accepted or not; at the end of the interval, on to the next.

    Attributes:
        tableau: The method, which has an embedded one.
        control: The control of the step size.
        max_steps: Most attempts in an interval.
        f: ``f(t, u)`` on lists of tensors.
        times: 1-D.
    """

    tableau: ButcherTableau
    control: StepControl
    max_steps: int
    f: Callable
    times: tf.Tensor

    def __call__(self, loop: Loop) -> Loop:
        """The variables after the attempt."""
        trial = self._try(loop)
        accept = (trial.error <= 1) & ~trial.waiting
        following = trial.fraction * self.control.factor(trial.error, loop.ratio)
        one = tf.ones_like(loop.position)
        reached = tf.where(trial.last, one, loop.position + trial.fraction)
        position = tf.where(accept, reached, loop.position)
        status = self._status(loop, trial, position, following, accept)
        following = tf.stop_gradient(following * trial.length)
        following = tf.where(accept & trial.last, tf.maximum(following, loop.size), following)
        state = _choose(accept, trial.state, loop.state)
        crossed = tf.reduce_all((position >= 1) | (status != int(Status.SUCCESS)))
        number = tf.zeros_like(loop.accepted) + loop.interval
        kept = [number, trial.last, loop.position, trial.fraction, *loop.state]
        return Loop(
            interval=loop.interval + tf.cast(crossed, tf.int32),
            attempts=tf.where(crossed, 0, loop.attempts + 1),
            evaluated=loop.evaluated + 1,
            accepted=loop.accepted + tf.cast(accept, tf.int32),
            rejected=loop.rejected + tf.cast(~accept & ~trial.waiting, tf.int32),
            position=tf.where(crossed, 0 * one, position),
            size=tf.where(trial.waiting, loop.size, following),
            ratio=tf.where(accept, trial.error, loop.ratio),
            time=tf.where(accept, trial.time, loop.time),
            status=status,
            state=state,
            slope=_choose(accept, trial.slope, loop.slope) if loop.slope else [],
            outputs=write(loop.outputs, loop.interval, blamed(status, state), differentiable=True),
            record=write(loop.record, loop.accepted, kept),
        )

    def _span(self, loop):
        return Interval(self.times[loop.interval], self.times[loop.interval + 1])

    def _try(self, loop):
        tableau, one = self.tableau, tf.ones_like(loop.position)
        span = self._span(loop)
        length = abs(span.length)
        waiting = (loop.position >= 1) | (loop.status != int(Status.SUCCESS))
        fraction = tf.where(span.length == 0, one, tf.math.divide_no_nan(loop.size, length))
        last = loop.position + 1.001 * fraction >= 1
        now = tf.where(waiting, 0 * one, tf.stop_gradient(tf.where(last, 1 - loop.position, fraction)))
        every, first = range(tableau.stages), loop.slope or None
        slopes = intervals.stages(tableau, every, self.f, span, loop.state, loop.position, now, first)
        h = now * span.length
        new = intervals.combine(loop.state, h, tableau.b, slopes)
        zero = [tf.zeros_like(leaf) for leaf in loop.state[: self.control.controlled]]
        error = intervals.combine(zero, h, tableau.error_weights, slopes)
        ratio = self.control.error_ratio(error, loop.state, new)
        time = tf.stop_gradient(span.time(loop.position + now))
        return _Trial(waiting, last, length, now, time, new, slopes[tableau.stages - 1], ratio)

    def _status(self, loop, trial, position, following, accept):
        """The status after the attempt, which ends at ``position`` and proposes the fraction ``following``.

        A step is too small if it moves neither the position nor the time by their rounding.
        """
        span, ahead = self._span(loop), loop.position + following
        still = (ahead == loop.position) | (span.time(ahead) == span.time(loop.position))
        stuck = tf.where(accept, position == loop.position, still & ~trial.waiting)
        failure = tf.where(tf.math.is_finite(trial.error), int(Status.STEP_TOO_SMALL), int(Status.NOT_FINITE))
        status = tf.where(stuck, failure, loop.status)
        going = (position < 1) & (status == int(Status.SUCCESS))
        return tf.where(going & (loop.attempts + 1 >= self.max_steps), int(Status.TOO_MANY_STEPS), status)


def blamed(status: tf.Tensor, state: list) -> list:
    """The state, or NaN where the solve has failed."""
    valid = tf.where(status == int(Status.SUCCESS), 1.0, np.nan)
    return [leaf * tf.cast(against(valid, leaf), leaf.dtype) for leaf in state]


def _choose(condition, a, b):
    return [tf.where(against(condition, x), x, y) for x, y in zip(a, b, strict=True)]
