"""The solve of a flow by ``zoo.solvers``, in a graph (TensorFlow)."""

import tensorflow as tf

from zoo.flows._carried import Carried
from zoo.solvers import RungeKuttaSolver
from zoo.solvers.failure import told
from zoo.solvers.results import Memory


def carry(dynamics, u, times, constants, discretization, gradient, report, on_failure):
    """From u at the first of the times to all others.

    Args:
        dynamics: A ``Dynamics``.
        u: ``(batch, …)``, float32 or float64.
        times: Numbers or scalar tensors, which gradients reach.
        constants: Dictionary of what the dynamics take: the condition, the noise.
        discretization: A ``Discretization``.
        gradient: See ``zoo.solvers.RungeKuttaSolver``.
        report: Called in the backward pass with the evaluations of f there.
        on_failure: ``"print"`` a line on a solve that failed, ``"raise"``, or ``"nan"``.
    """
    d = discretization
    solver = RungeKuttaSolver(
        d.solver, rtol=d.rtol, atol=d.atol, steps=d.steps, max_steps=d.max_steps, gradient=gradient
    )
    times = tf.stack([tf.cast(time, u.dtype) for time in times])
    state = dynamics.start(u)
    variables = [variable.value for variable in dynamics.f.trainable_variables]
    right_hand_side = solver.right_hand_side(dynamics, times[0], state, constants, variables)
    controlled = 2 if dynamics.trace else 1  # u, and the log density with it
    course = solver.course(
        right_hand_side,
        times,
        Memory.fresh(u.dtype),
        record=dynamics.training,
        report=report,
        controlled=controlled,
    )
    states, *riding = course.outputs
    about = (course.status, course.time, times, solver.most(bounded=False))
    states = told(states, on_failure, *about)
    return Carried(states, riding, course.evaluations, course.rejected, course.status)
