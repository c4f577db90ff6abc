"""The continuous adjoint (TensorFlow)."""

import dataclasses
from collections.abc import Callable
from typing import NamedTuple, final

import tensorflow as tf

from zoo.solvers.course import Course, count_intervals
from zoo.solvers.gradient import Gradient, Report, with_gradient
from zoo.solvers.march import March
from zoo.solvers.problem import Problem
from zoo.solvers.right_hand_side import RightHandSide
from zoo.solvers.status import Status


@final
@dataclasses.dataclass(frozen=True)
class Backsolve(Gradient):
    """The continuous adjoint: a' = −aᵀ ∂f/∂u is solved from the last time back to the first, beside u' = f and the
    integrals of −aᵀ ∂f/∂θ. Its memory does not grow with the number of steps. First derivatives only.

    It solves u' = f backward, and that magnifies errors where the field contracts: there the gradient can be off by
    its own size at any tolerance; more ``checkpoints`` help, and ``"replay"`` has no such error. The step control looks
    at u and a and not at the integrals.

    Source: Chen et al. (2018, arXiv:1806.07366), algorithm 1; Kidger et al. (2021, arXiv:2009.09457), "Hey, that's not
    an ODE", section 3, on the norm.

    Args:
        rtol, atol: Tolerances of the backward solve; ``None`` (default) takes those of the solver.
        max_steps: Most attempts in each interval; ``None`` (default) takes that of the solver.
        checkpoints: Stored states in each interval, from which u is taken anew. Defaults to ``1``, its end.
    """

    takes_samples = False
    ends = True

    rtol: float | None = None
    atol: float | None = None
    max_steps: int | None = None
    checkpoints: int = 1

    def check(self, right_hand_side: RightHandSide) -> None:
        """Raise ``ValueError`` if f captures a tensor that a tape watches."""
        right_hand_side.refuse_watched_captures()

    def entry(self, own: Callable, tfp: Callable, *times: object) -> Callable:
        """The solver's own solve."""
        return own

    def course(self, march: March, problem: Problem, record: bool, bounded: bool, report: Report) -> Course:
        """See ``Gradient.course``; no steps are recorded."""
        adjoint = march.adjusted(self.rtol, self.atol, self.max_steps, controlled=2 * len(problem.u))

        def backward(problem, course, d_outputs):
            return _Adjoint(adjoint, problem, course, d_outputs, bounded).gradients()

        return with_gradient(problem, lambda given: given.course(march, False, bounded), backward, report)


class _Adjoint(NamedTuple):
    """The backward solve of a course, interval by interval from the last."""

    march: March
    problem: Problem
    course: Course
    d_outputs: list
    bounded: bool

    def gradients(self):
        """Gradients of ``problem.inputs``, and the evaluations of f."""
        problem, times, count = self.problem, self.problem.times, count_intervals(self.problem.times)
        zeros = [tf.zeros_like(d[0]) for d in self.d_outputs]
        totals = [tf.zeros_like(tf.convert_to_tensor(source)) for source in self._fixed]
        reached = self.course.status == int(Status.SUCCESS)
        start = (count - 1, zeros, totals, tf.zeros_like(times), 0 * times[0], 0 * times[0] + 1, 0, reached)
        _, a, d_fixed, d_times, _, _, evaluations, ok = tf.while_loop(
            lambda k, *_: k >= 0, self._cross, start, parallel_iterations=1, maximum_iterations=count
        )
        d_times -= self._at_time(times[0], problem.u, a, 0)
        good = tf.where(ok, 1.0, float("nan"))
        gradients = [d_times, *a, *d_fixed]
        return [tf.cast(good, gradient.dtype) * gradient for gradient in gradients], evaluations + 1

    @property
    def _fixed(self):
        return [*self.problem.constants, *self.problem.right_hand_side.variables]

    def _augmented(self, t, state):
        """The right-hand side of u, of a and of the integrals."""
        size = len(self.problem.u)
        u, a = state[:size], state[size : 2 * size]
        with tf.GradientTape() as tape:
            tape.watch([*u, *self.problem.constants])
            slope = self.problem.f(t, u)
        zero = tf.UnconnectedGradients.ZERO
        d = tape.gradient(slope, [*u, *self._fixed], output_gradients=a, unconnected_gradients=zero)
        return [*slope, *(-tf.convert_to_tensor(gradient) for gradient in d)]

    def _at_time(self, t, u, a, k):
        """aᵀ f in the place of a time."""
        moved = tf.add_n([tf.reduce_sum(x * y) for x, y in zip(a, self.problem.f(t, u), strict=True)])
        places = tf.range(count_intervals(self.problem.times) + 1)
        return tf.where(places == k, moved, tf.zeros_like(moved))

    def _cross(self, k, a, d_fixed, d_times, step, ratio, evaluations, ok):
        """Interval k, from its end to its beginning."""
        times, size = self.problem.times, len(self.problem.u)
        u, more = [output[k] for output in self.course.outputs], [d[k] for d in self.d_outputs]
        d_times += self._at_time(times[k + 1], u, more, k + 1)
        a = [x + y for x, y in zip(a, more, strict=True)]
        span, state = tf.stack([times[k + 1], times[k]]), [*u, *a, *d_fixed]
        back = self.march.run(self._augmented, span, state, step, ratio, False, self.bounded)
        state = [output[0] for output in back.outputs]
        return (
            k - 1,
            state[size : 2 * size],
            state[2 * size :],
            d_times,
            back.size,
            back.ratio,
            evaluations + back.evaluations + 1,
            ok & (back.status == int(Status.SUCCESS)),
        )
