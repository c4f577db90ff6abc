"""What a march through the times gives, and the arrays that it writes (TensorFlow)."""

from typing import NamedTuple

import tensorflow as tf


class Steps(NamedTuple):
    """The accepted steps, each with its interval (by number), whether it ends there, its position and size as
    fractions of that interval, and the state that it starts from."""

    intervals: tf.Tensor
    ends: tf.Tensor
    positions: tf.Tensor
    sizes: tf.Tensor
    states: list


class Course(NamedTuple):
    """What a march gave. Numbers of steps, status, size, ratio and time are vectors if each sample has its own
    steps."""

    outputs: list  # the states at all times but the first
    steps: Steps | None
    accepted: tf.Tensor
    rejected: tf.Tensor
    evaluations: tf.Tensor
    status: tf.Tensor
    size: tf.Tensor  # of the next step in time
    ratio: tf.Tensor  # error ratio of the last accepted step
    time: tf.Tensor  # that was reached


def count_intervals(times: tf.Tensor) -> int | tf.Tensor:
    """The number of intervals between the times: an ``int`` if it is known."""
    return tf.shape(times)[0] - 1 if times.shape[0] is None else times.shape[0] - 1


def arrays(leaves: list, size: int | tf.Tensor | None) -> list[tf.TensorArray]:
    """Arrays of tensors like these, one for each, growing if ``size`` is ``None``."""
    grows = {"size": 0, "dynamic_size": True} if size is None else {"size": size}
    return [tf.TensorArray(leaf.dtype, element_shape=leaf.shape, **grows) for leaf in leaves]


def output_arrays(u: list, times: tf.Tensor) -> list[tf.TensorArray]:
    """Arrays of zeros for the states at all times but the first."""
    count = count_intervals(times)
    zeros = [tf.zeros(tf.concat([[count], tf.shape(leaf)], 0), leaf.dtype) for leaf in u]
    return [array.unstack(zero) for array, zero in zip(arrays(u, count), zeros, strict=True)]


def write(arrays: list, n: tf.Tensor, leaves: list, differentiable: bool = False) -> list[tf.TensorArray]:
    """Write over what an earlier, rejected step wrote at n.

    Args:
        arrays: Arrays, or an empty list where nothing is kept.
        n: The place.
        leaves: One tensor for each array.
        differentiable: Whether gradients pass through what is written. Defaults to ``False``.

    Returns:
        The arrays to go on with.
    """
    kept = leaves if differentiable else [tf.stop_gradient(leaf) for leaf in leaves]
    return [array.write(n, leaf) for array, leaf in zip(arrays, kept, strict=False)]


def stack(arrays: list) -> list[tf.Tensor]:
    """The arrays as tensors."""
    return [array.stack() for array in arrays]
