"""The times of a solve, and the dtype that they share with its state (TensorFlow)."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from zoo.solvers.interval import Interval


def common_dtype(state: Any) -> tf.DType:
    """The dtype of all tensors of a state, a tensor or a nest of tensors.

    Raises:
        TypeError: It is not float32 or float64 throughout.
    """
    dtypes = {leaf.dtype for leaf in tf.nest.flatten(state)}
    if len(dtypes) != 1 or not dtypes <= {tf.float32, tf.float64}:
        raise TypeError(
            "The state must be float32 or float64 throughout: time and state are never held in half precision. "
            f"Received: {sorted(dtype.name for dtype in dtypes)}."
        )
    return dtypes.pop()


def joined(initial_time: Any, solution_times: Any, dtype: tf.DType) -> tf.Tensor:
    """The initial time and the solution times as one tensor.

    Args:
        initial_time: A number, or a scalar tensor or variable.
        solution_times: 1-D: a tensor, an array, or a list of numbers, tensors and variables.
        dtype: That of the state.

    Raises:
        ValueError: The solution times are not 1-D, there is none, or they are known now and go to and fro.
    """
    check_monotone(initial_time, solution_times)
    start, later = (_as_time(value, dtype) for value in (initial_time, solution_times))
    if later.shape.rank != 1 or later.shape[0] == 0:
        raise ValueError(f"solution_times must be 1-D, with at least one time. Received the shape: {later.shape}.")
    return tf.concat([start[None], later], 0)


def divided(times: tf.Tensor, parts: int) -> tf.Tensor:
    """The times, with ``parts`` equal parts between each two."""
    if parts == 1:
        return times
    fractions = tf.cast(tf.range(1, parts + 1) / parts, times.dtype)
    later = Interval(times[:-1, None], times[1:, None]).time(fractions)
    return tf.concat([times[:1], tf.reshape(later, [-1])], 0)


def entries(*values: Any) -> Iterator[Any]:
    """The entries of times and lists of them, one after the other."""
    for value in values:
        yield from entries(*value) if isinstance(value, (list, tuple)) else [value]


def check_monotone(initial_time: Any, solution_times: Any) -> None:
    """Raise ``ValueError`` if the times are known now and go to and fro."""
    known = list(entries(initial_time, solution_times))
    if any(tf.is_symbolic_tensor(x) or (isinstance(x, tf.Variable) and not tf.executing_eagerly()) for x in known):
        return
    times = np.concatenate([np.ravel(np.asarray(entry, "float64")) for entry in known])
    first, *others = np.diff(times)
    signs = {*np.sign(others), *([np.sign(first)] if first else [])}
    if not (signs <= {1.0} or signs <= {-1.0}):
        raise ValueError(
            "Times must be strictly increasing, or strictly decreasing; only the first solution time may equal the "
            f"initial time. Received: initial_time={times[0]}, solution_times={times[1:].tolist()}."
        )


def _as_time(value, dtype):
    """Numbers go straight to the dtype, not by way of float32; lists may hold variables and tensors."""
    if isinstance(value, (list, tuple)):
        return tf.stack([_as_time(entry, dtype) for entry in value])
    return tf.cast(value, dtype) if tf.is_tensor(value) else tf.convert_to_tensor(value, dtype)
