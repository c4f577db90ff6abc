"""When an adaptive step is accepted, and how long the next one is (TensorFlow)."""

import enum

import tensorflow as tf

from zoo.solvers.interval import against

SAFETY, SMALLEST, LARGEST = 0.9, 0.2, 10.0
NOT_FINITE_FACTOR = 0.1
PROPORTIONAL, INTEGRAL = 0.4, 0.3


class Status(enum.IntEnum):
    """How a solve ended. ``tfp.math.ode`` calls a negative status a failure."""

    SUCCESS = 0
    STEP_TOO_SMALL = -1
    TOO_MANY_STEPS = -2
    NOT_FINITE = -3


def raise_on_failure(value, status):
    """The value, a tensor; ``tf.errors.InvalidArgumentError`` if a status is a failure, except under XLA."""
    names = ", ".join(f"{status.value} = {status.name}" for status in Status)
    message = f"The solve failed with the status below ({names}); see max_steps, rtol, atol, or mend f."
    check = tf.debugging.assert_equal(status, tf.zeros_like(status), message)
    with tf.control_dependencies([] if check is None else [check]):
        return tf.identity(value)


def error_ratio(error, u, new, rtol, atol, per_sample=False):
    """√mean((error / (atol + rtol max(|u|, |u⁺|)))²) over all entries: a step is accepted at 1 or less.

    Source: Hairer, Nørsett and Wanner (1993), §II.4, equation 4.11.
    """
    scaled = [e / (atol + rtol * tf.maximum(abs(a), abs(b))) for e, a, b in zip(error, u, new, strict=True)]
    return rms(scaled, per_sample)


def rms(leaves, per_sample=False):
    """The root of the mean square over the entries of all tensors, or those of each sample."""
    squares = [tf.square(leaf) for leaf in leaves]
    if per_sample:
        squares = [tf.reshape(square, [tf.shape(square)[0], -1]) for square in squares]
    count = tf.add_n([tf.shape(square)[1] if per_sample else tf.size(square) for square in squares])
    total = tf.add_n([tf.reduce_sum(square, 1 if per_sample else None) for square in squares])
    return tf.sqrt(total / tf.cast(count, total.dtype))


def factor(ratio, previous, order):
    """Next step over this one: 0.9 ratio^(−0.7/q) previous^(0.4/q) within [0.2, 10], where q = ``order`` is that of
    the error and ``previous`` the ratio of the last accepted step; 0.1 after a step that was not finite.

    Source: Gustafsson's proportional-integral control, Hairer and Wanner, "Solving Ordinary Differential Equations II"
    (1996), §IV.2, equation 2.43.
    """
    tiny = tf.cast(1e-10, ratio.dtype)
    proposed = SAFETY * tf.maximum(ratio, tiny) ** (-(PROPORTIONAL + INTEGRAL) / order)
    proposed *= tf.maximum(previous, 1e-4) ** (PROPORTIONAL / order)
    limit = tf.where(ratio <= 1, tf.cast(LARGEST, ratio.dtype), 1.0)
    return tf.where(
        tf.math.is_finite(ratio), tf.clip_by_value(proposed, SMALLEST, limit), tf.cast(NOT_FINITE_FACTOR, ratio.dtype)
    )


def first_step(f, interval, u, slope, rtol, atol, order, per_sample=False):
    """The first step as a fraction of the interval, from f at its start, ``slope``, and one evaluation more.

    Source: Hairer, Nørsett and Wanner (1993), §II.4, "Starting step size"; the probe stays in the interval.
    """
    scale = [atol + rtol * abs(leaf) for leaf in u]

    def size(leaves):
        return rms([leaf / unit for leaf, unit in zip(leaves, scale, strict=True)], per_sample)

    slope = [interval.length * leaf for leaf in slope]
    d0, d1 = size(u), size(slope)
    probe = tf.minimum(tf.where((d0 < 1e-5) | (d1 < 1e-5), tf.cast(1e-6, d0.dtype), 0.01 * d0 / d1), 1.0)
    moved = [leaf + against(probe, leaf) * direction for leaf, direction in zip(u, slope, strict=True)]
    curved = [interval.length * leaf for leaf in f(interval.time(probe), moved)]
    d2 = size([b - a for a, b in zip(slope, curved, strict=True)]) / probe
    largest = tf.maximum(d1, d2)
    step = tf.where(largest <= 1e-15, tf.maximum(probe * 1e-3, 1e-6), (0.01 / largest) ** (1 / order))
    step = tf.minimum(step, 100 * probe)
    return tf.where(tf.math.is_finite(step), tf.minimum(step, 1.0), tf.cast(1e-3, step.dtype))
