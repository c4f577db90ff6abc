"""The times of a solve, and the dtype that they share with its state (TensorFlow)."""

import numpy as np
import tensorflow as tf
from tensorflow.python.eager import record

from zoo.solvers.interval import Interval


def as_time(value, dtype):
    """Numbers go straight to the dtype, not by way of float32; lists may hold variables and tensors."""
    if isinstance(value, (list, tuple)):
        return tf.stack([as_time(entry, dtype) for entry in value])
    return tf.cast(value, dtype) if tf.is_tensor(value) else tf.convert_to_tensor(value, dtype)


def common_dtype(state):
    """The dtype of all tensors of a state; raises ``TypeError`` unless it is float32 or float64."""
    dtypes = {leaf.dtype for leaf in tf.nest.flatten(state)}
    if len(dtypes) != 1 or not dtypes <= {tf.float32, tf.float64}:
        raise TypeError(
            "The state must be float32 or float64 throughout: time and state are never held in half precision. "
            f"Received: {sorted(dtype.name for dtype in dtypes)}."
        )
    return dtypes.pop()


def divided(times, parts):
    """The times, with equal parts between them."""
    if parts == 1:
        return times
    fractions = tf.cast(tf.range(1, parts + 1) / parts, times.dtype)
    later = Interval(times[:-1, None], times[1:, None]).time(fractions)
    return tf.concat([times[:1], tf.reshape(later, [-1])], 0)


def _entries(*values):
    """The entries of times and lists of them."""
    for value in values:
        yield from _entries(*value) if isinstance(value, (list, tuple)) else [value]


def refuse_gradient_of_times(*times):
    """Raise ``ValueError`` if a tape or a variable wants a gradient of the times."""
    for value in _entries(*times):
        trained = isinstance(value, tf.Variable) and value.trainable
        if trained or (tf.is_tensor(value) and record.should_record_backprop([value])):
            raise ValueError(
                'gradient="tfp" has no gradient of times. Expected: numbers, or tensors that no tf.GradientTape '
                f'watches. Received: {value!r}. Use gradient="replay".'
            )


def check_monotone(initial_time, solution_times):
    """Raise if the times are known now and go to and fro."""
    entries = list(_entries(initial_time, solution_times))
    if any(tf.is_symbolic_tensor(x) or (isinstance(x, tf.Variable) and not tf.executing_eagerly()) for x in entries):
        return
    times = np.concatenate([np.ravel(np.asarray(entry, "float64")) for entry in entries])
    first, *others = np.diff(times)
    signs = {*np.sign(others), *([np.sign(first)] if first else [])}
    if not (signs <= {1.0} or signs <= {-1.0}):
        raise ValueError(
            "Times must be strictly increasing, or strictly decreasing; only the first solution time may equal the "
            f"initial time. Received: initial_time={times[0]}, solution_times={times[1:].tolist()}."
        )
