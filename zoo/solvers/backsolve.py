"""The continuous adjoint (TensorFlow)."""

from typing import NamedTuple

import tensorflow as tf

from zoo.solvers.problem import with_gradient
from zoo.solvers.step_control import Status


class Backsolve(NamedTuple):
    """The continuous adjoint: a' = −aᵀ ∂f/∂u is solved from the last time back to the first, beside u' = f and the
    integrals of −aᵀ ∂f/∂θ. Its memory does not grow with the number of steps. First derivatives only.

    It solves u' = f backward, and that magnifies errors where the field contracts: there the gradient can be off by
    its own size at any tolerance; more ``checkpoints`` help, and ``"replay"`` has no such error. The step control looks
    at u and a and not at the integrals.

    Source: Chen et al. (2018, arXiv:1806.07366), algorithm 1; Kidger et al. (2021, arXiv:2009.09457), "Hey, that's not
    an ODE", section 3, on the norm.

    Attributes:
        rtol, atol: Tolerances of the backward solve; ``None`` (default): those of the solver.
        max_steps: Most attempts in each interval; ``None`` (default): as in the solver.
        checkpoints: Stored states in each interval, from which u is taken anew. Defaults to ``1``, its end.
    """

    rtol: float | None = None
    atol: float | None = None
    max_steps: int | None = None
    checkpoints: int = 1

    def __call__(self, march, problem, record, bounded, report):
        adjoint = march._replace(
            rtol=march.rtol if self.rtol is None else self.rtol,
            atol=march.atol if self.atol is None else self.atol,
            max_steps=march.max_steps if self.max_steps is None else self.max_steps,
            controlled=2 * len(problem.u),
        )

        def backward(problem, course, d_outputs):
            return _adjoint(adjoint, problem, course, d_outputs, bounded)

        return with_gradient(problem, lambda given: given.march(march, False, bounded), backward, report)


def _adjoint(march, problem, course, d_outputs, bounded):
    """Gradients of ``problem.inputs`` by solving backward, and the evaluations of f."""
    times, size = problem.times, len(problem.u)
    fixed = [*problem.constants, *problem.field.variables]
    count = march.most_steps(times) // (march.steps or march.max_steps)
    places = tf.range(count + 1)
    valid = tf.where(course.status == int(Status.SUCCESS), 1.0, float("nan"))

    def augmented(t, state):
        u, a = state[:size], state[size : 2 * size]
        with tf.GradientTape() as tape:
            tape.watch([*u, *problem.constants])
            slope = problem.f(t, u)
        zero = tf.UnconnectedGradients.ZERO
        d = tape.gradient(slope, [*u, *fixed], output_gradients=a, unconnected_gradients=zero)
        return [*slope, *(-tf.convert_to_tensor(gradient) for gradient in d)]

    def at_time(t, u, a, k):
        """aᵀ f in the place of a time."""
        moved = tf.add_n([tf.reduce_sum(x * y) for x, y in zip(a, problem.f(t, u), strict=True)])
        return tf.where(places == k, moved, tf.zeros_like(moved))

    def body(k, a, d_fixed, d_times, step, ratio, evaluations, ok):
        u, more = [output[k] for output in course.outputs], [d[k] for d in d_outputs]
        d_times += at_time(times[k + 1], u, more, k + 1)
        a = [x + y for x, y in zip(a, more, strict=True)]
        back = march.run(augmented, tf.stack([times[k + 1], times[k]]), [*u, *a, *d_fixed], step, ratio, False, bounded)
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

    zeros = [tf.zeros_like(d[0]) for d in d_outputs]
    totals = [tf.zeros_like(tf.convert_to_tensor(source)) for source in fixed]
    start = (count - 1, zeros, totals, tf.zeros_like(times), 0 * times[0], 0 * times[0] + 1, 0, valid == 1)
    _, a, d_fixed, d_times, _, _, evaluations, ok = tf.while_loop(
        lambda k, *_: k >= 0, body, start, parallel_iterations=1, maximum_iterations=count
    )
    d_times -= at_time(times[0], problem.u, a, 0)
    good = tf.where(ok, 1.0, float("nan"))
    gradients = [d_times, *a, *d_fixed]
    return [tf.cast(good, gradient.dtype) * gradient for gradient in gradients], evaluations + 1
