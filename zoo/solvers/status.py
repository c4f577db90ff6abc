"""How a solve ended (TensorFlow)."""

import enum

import tensorflow as tf


class Status(enum.IntEnum):
    """How a solve ended. ``tfp.math.ode`` calls a negative status a failure."""

    SUCCESS = 0
    STEP_TOO_SMALL = -1
    TOO_MANY_STEPS = -2
    NOT_FINITE = -3


def raise_on_failure(value: tf.Tensor, status: tf.Tensor) -> tf.Tensor:
    """The same value, if the solve succeeded.

    Args:
        value: A tensor.
        status: The ``Status`` of a solve, or one for each sample.

    Returns:
        The value, which waits for the check. XLA has no errors at run time: there it is given back unchecked.

    Raises:
        tf.errors.InvalidArgumentError: A status is a failure.
    """
    names = ", ".join(f"{status.value} = {status.name}" for status in Status)
    message = f"The solve failed with the status below ({names}); see max_steps, rtol, atol, or mend f."
    check = tf.debugging.assert_equal(status, tf.zeros_like(status), message)
    with tf.control_dependencies([] if check is None else [check]):
        return tf.identity(value)
