"""The solve of an ODE layer, in a graph (TensorFlow)."""

from typing import NamedTuple

import keras
import tensorflow as tf
from tensorflow.python.ops import control_flow_util

from zoo.layers import _call
from zoo.layers import field as _field
from zoo.layers._ode import solver as _solver
from zoo.layers._ode.field_and_integrals import FieldAndIntegrals
from zoo.solvers import RungeKuttaSolver, Status
from zoo.solvers.failure import told
from zoo.solvers.gradient import differentiable_once
from zoo.solvers.results import Memory


class Solution(NamedTuple):
    """What a solve gave; steps and status have an entry for each sample if each has its own steps."""

    states: tf.Tensor
    integrals: list
    evaluations: tf.Tensor
    accepted: tf.Tensor
    rejected: tf.Tensor
    status: tf.Tensor


def integrate(layer: keras.layers.Layer, u: tf.Tensor, noise: tf.Tensor | None, training: bool) -> Solution:
    """The ``Solution`` from u; ``noise`` is that of the Jacobian term, or ``None`` to leave both terms out."""
    u = tf.cast(u, _field.state_dtype(layer))
    if layer.augment:
        u = tf.pad(u, [[0, 0]] * (u.shape.rank - 1) + [[0, layer.augment]])
    ode_fn = FieldAndIntegrals(layer.f, training, training and layer.kinetic, noise is not None)
    constants = {} if noise is None else {"noise": tf.cast(noise, u.dtype)}
    times = tf.constant([layer.t0, *([layer.t1] if layer.times is None else layer.times)], u.dtype)
    solve = _by_course if _solver.ends(layer.integrator) else _by_tfp
    outputs, evaluations, accepted, rejected, status, time = solve(
        layer, ode_fn, times, ode_fn.start(u), constants, training
    )
    states, *integrals = outputs
    states, integrals = states[..., : u.shape[-1] - layer.augment], [integral[-1] for integral in integrals]
    states = told(states, _telling(layer, training), status, time, times, _most(layer))
    states = states[-1] if layer.times is None else tf.experimental.numpy.moveaxis(states, 0, 1)
    return Solution(states, integrals, evaluations, accepted, rejected, status)


def _by_course(layer, ode_fn, times, state, constants, training):
    variables = _call.variables_of(layer.f, times)
    right_hand_side = layer.integrator.right_hand_side(ode_fn, times[0], state, constants, variables)
    report = _counter(layer) if training else lambda _: None
    memory = Memory.fresh(times.dtype)
    course = layer.integrator.course(right_hand_side, times, memory, record=training, report=report, controlled=1)
    return course.outputs, course.evaluations, course.accepted, course.rejected, course.status, course.time


def _telling(layer, training):
    """What is done about a failure: in training its number is reported, and equal steps have no word for it."""
    return "print" if layer.on_failure == "nan" and not training and layer.steps is None else layer.on_failure


def _most(layer):
    """The most attempts in an interval, if the solver has such a bound."""
    return layer.integrator.most(bounded=False) if isinstance(layer.integrator, RungeKuttaSolver) else None


def _counter(layer):
    """A function that counts, with a value to wait for: nothing else keeps an assignment in a backward pass."""

    @tf.function(autograph=False)
    def count(evaluations):
        layer.count_backward(evaluations)
        return tf.constant(True)

    return count


def _by_tfp(layer, ode_fn, times, state, constants, training):
    if control_flow_util.GraphOrParentsInXlaContext(tf.compat.v1.get_default_graph()):
        kind = type(layer.integrator).__name__
        raise ValueError(
            f"{kind} can hang for ever under XLA: a field that is not finite never ends it, and max_num_steps has no "
            "effect there. Expected: jit_compile=False, or solver='dopri5', which ends with a status. "
            f"Received: {layer.name} with solver={kind} in a function compiled by XLA."
        )
    solved = []

    def states_from(inputs):
        state, constants = inputs
        solved.append(layer.integrator.solve(ode_fn, times[0], state, times[1:], constants=constants))
        return solved[0].states

    reached = differentiable_once(states_from, (state, constants))
    counts = solved[0].diagnostics
    finite = tf.reduce_all([tf.reduce_all(tf.math.is_finite(leaf)) for leaf in reached])
    status = tf.where(finite, counts.status, tf.minimum(counts.status, int(Status.NOT_FINITE)))
    states = [_blamed(leaf, status) for leaf in reached]
    steps = [getattr(counts, name, 0 * status) for name in ("num_accepted", "num_rejected")]
    return states, counts.num_ode_fn_evaluations, *steps, status, times[-1]


def _blamed(leaf, status):
    return leaf * tf.where(status < 0, tf.cast(float("nan"), leaf.dtype), 1)
