"""The solve of a ``CNF`` layer: in a graph of TensorFlow, compiled in eager mode; in equal steps elsewhere."""

import keras
from keras import ops

from zoo.flows import _on_grid
from zoo.flows._dynamics import Dynamics


def carried(
    cnf,
    u,
    times,
    condition,
    training,
    density=True,
    trace=None,
    discretization=None,
    epsilon=None,
    guided=None,
):
    """The ``Carried`` from u through the times, which are numbers or ``"end"``, the end time of the layer."""
    u = ops.convert_to_tensor(u, dtype=cnf.compute_dtype)
    constants, integer = {}, False
    if condition is not None:
        condition = ops.convert_to_tensor(condition)
        integer = "int" in keras.backend.standardize_dtype(condition.dtype)
        constants["condition"] = ops.cast(condition, u.dtype)  # gradients of constants are of the state's dtype
    trace = (trace or cnf.trace) if density else None
    jacobian = bool(training and cnf.jacobian)
    if trace == "hutchinson" or jacobian:
        constants["noise"] = drawn(cnf, ops.shape(u)) if epsilon is None else _told(epsilon, u)
    kinetic = bool(training and cnf.kinetic)
    dynamics = Dynamics(cnf.field, training, trace, kinetic, jacobian, integer, guided)
    discretization = discretization or cnf.discretization
    if keras.backend.backend() != "tensorflow":
        return _on_grid.carry(dynamics, u, _numbers(cnf, times), constants, discretization)
    return _in_tensorflow(cnf, dynamics, u, times, constants, discretization)


def _told(epsilon, u):
    """A given noise; raises ``ValueError`` if it is not of the shape of the state."""
    epsilon = ops.convert_to_tensor(epsilon)
    if tuple(epsilon.shape[1:]) != tuple(u.shape[1:]):
        raise ValueError(
            "The noise of a trace has the shape of the state, which another transform of the stack may have changed. "
            f"Expected: {tuple(u.shape[1:])}. Received: {tuple(epsilon.shape[1:])}."
        )
    return ops.cast(epsilon, u.dtype)


def drawn(cnf, shape):
    """ε: ±1 or normal."""
    if cnf.noise == "gaussian":
        return keras.random.normal(shape, seed=cnf.seed_generator)
    return ops.where(keras.random.uniform(shape, seed=cnf.seed_generator) < 0.5, 1.0, -1.0)


def _numbers(cnf, times):
    return [cnf.end if time == "end" else time for time in times]


def _in_tensorflow(cnf, dynamics, u, times, constants, discretization):
    import tensorflow as tf

    from zoo.flows import _by_solver

    report = _counter(cnf) if dynamics.training else lambda _: None
    on_failure = "nan" if dynamics.training or discretization.steps is not None else "print"

    def solve(u, constants):
        how = (discretization, cnf.gradient, report, on_failure)
        return _by_solver.carry(dynamics, u, _numbers(cnf, times), constants, *how)

    if not tf.executing_eagerly():
        return solve(u, constants)
    trainable = tuple(map(id, cnf.field.trainable_variables))
    key = (dynamics._replace(f=None), discretization, times, trainable, tuple(u.shape[1:]), tuple(constants))
    if key not in cnf.compiled:
        cnf.compiled[key] = tf.function(solve, autograph=False, reduce_retracing=True)
    return cnf.compiled[key](u, constants)


def _counter(cnf):
    """A function that counts, with a value to wait for: nothing else keeps an assignment in a backward pass."""
    import tensorflow as tf

    @tf.function(autograph=False)
    def count(evaluations):
        cnf.count_backward(evaluations)
        return tf.constant(True)

    return count
