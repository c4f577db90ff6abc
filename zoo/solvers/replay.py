"""The gradient of the discrete solution, step by step (TensorFlow)."""

import dataclasses
from collections.abc import Callable
from typing import final

import tensorflow as tf

from zoo.solvers import interval as intervals
from zoo.solvers.course import Course
from zoo.solvers.gradient import Gradient, Report, with_gradient
from zoo.solvers.interval import Interval
from zoo.solvers.march import March
from zoo.solvers.problem import Problem
from zoo.solvers.right_hand_side import RightHandSide
from zoo.solvers.status import Status


@final
@dataclasses.dataclass(frozen=True)
class Replay(Gradient):
    """The states at the accepted steps are kept; backward, each step is run again and differentiated alone, so that
    the activations of one step are in memory at a time. First derivatives only.

    The steps are frozen as fractions of the intervals, so that it reaches the state, ``constants``, the weights of f,
    and all times. If the steps were not recorded, the march is repeated at the start of the backward pass; the
    gradient is the same.

    Source: Zhuang et al. (2020, arXiv:2006.02493), "Adaptive checkpoint adjoint", algorithm 2.
    """

    takes_samples = False
    ends = True
    checkpoints = 1

    def check(self, right_hand_side: RightHandSide) -> None:
        """Raise ``ValueError`` if f captures a tensor that a tape watches."""
        right_hand_side.refuse_watched_captures()

    def entry(self, own: Callable, tfp: Callable, *times: object) -> Callable:
        """The solver's own solve."""
        return own

    def course(self, march: March, problem: Problem, record: bool, bounded: bool, report: Report) -> Course:
        """See ``Gradient.course``."""

        def backward(problem, course, d_outputs):
            evaluations = course.accepted * march.tableau.evaluations
            if course.steps is None:
                course = problem.course(march, True, bounded)
                evaluations += course.evaluations
            return _replayed(march, problem, course, d_outputs), evaluations

        return with_gradient(problem, lambda given: given.course(march, record, bounded), backward, report)


def _replayed(march, problem, course, d_outputs):
    """Gradients of ``problem.inputs``, step by step from the last."""
    times, steps, one_output = problem.times, course.steps, problem.times.shape[0] == 2
    fixed = [times, *problem.constants, *problem.right_hand_side.variables]
    totals = [tf.zeros_like(tf.convert_to_tensor(source)) for source in fixed]
    blame = tf.where(course.status == int(Status.SUCCESS), 0.0, float("nan"))
    d_u = [tf.cast(blame, d.dtype) + (d[0] if one_output else tf.zeros_like(d[0])) for d in d_outputs]

    def body(n, d_u, totals):
        k = steps.intervals[n]
        u = [tf.stop_gradient(states[n]) for states in steps.states]
        if not one_output:
            d_u = [tf.where(steps.ends[n], d + more[k], d) for d, more in zip(d_u, d_outputs, strict=True)]
        with tf.GradientTape() as tape:
            tape.watch([times, *problem.constants, *u])
            span = Interval(times[k], times[k + 1])
            new = intervals.step(march.tableau, problem.f, span, u, steps.positions[n], steps.sizes[n])
        zero = tf.UnconnectedGradients.ZERO
        d = tape.gradient(new, [*u, *fixed], output_gradients=d_u, unconnected_gradients=zero)
        d = [tf.convert_to_tensor(gradient) for gradient in d]
        return n - 1, d[: len(u)], [total + more for total, more in zip(totals, d[len(u) :], strict=True)]

    _, d_u, (d_times, *d_fixed) = tf.while_loop(
        lambda n, *_: n >= 0,
        body,
        (course.accepted - 1, d_u, totals),
        parallel_iterations=1,
        maximum_iterations=march.most_steps(times),
    )
    return [d_times, *d_u, *d_fixed]
