"""What is said of a solve that failed: where it ended, why, and what to do (TensorFlow)."""

from typing import Any

import tensorflow as tf
from tensorflow.python.ops import control_flow_util

from zoo.solvers.status import Status

REASONS = {
    Status.SUCCESS: "",
    Status.STEP_TOO_SMALL: (
        "the steps that the tolerances ask for became too small to go on. Loosen rtol and atol, or mend f, which may "
        "jump or grow without bound there"
    ),
    Status.TOO_MANY_STEPS: (
        "max_steps={most} attempts were not enough to come to the next time. Raise max_steps=, or loosen rtol and atol"
    ),
    Status.NOT_FINITE: "f or the state is not finite there. Mend f, or end earlier",
}
"""Why a solve ends with each status, and the remedy."""


def in_words(status: tf.Tensor, time: tf.Tensor, times: tf.Tensor, most: int | None) -> tf.Tensor:
    """One sentence on a solve that failed, a scalar string.

    Args:
        status: The ``Status`` of the solve, or one for each sample; of these the first that failed is told of.
        time: The time that was reached, or one for each sample.
        times: The times of the solve, the initial one first.
        most: The bound of the attempts in each interval; ``None`` where there is none.
    """
    status, time = tf.reshape(status, [-1]), tf.reshape(time, [-1])
    first = tf.argmax(status < 0, output_type=tf.int32)
    who = tf.strings.format("Sample {}: the", first) if status.shape != [1] else tf.constant("The")
    names = tf.constant([f"{name.name}: {reason.format(most=most)}." for name, reason in REASONS.items()])
    known = [tf.cast(tf.convert_to_tensor(t), time.dtype) for t in (times[0], times[-1], time[first])]
    start, end, reached = [tf.strings.as_string(t, shortest=True) for t in known]
    return tf.strings.join(
        [who, " solve from t = ", start, " to ", end, " ended at t = ", reached, ". ", names[-status[first]]]
    )


def told(value: tf.Tensor, on_failure: str, status: tf.Tensor, *about: Any) -> tf.Tensor:
    """The same value, which waits until a failure is told.

    XLA has neither errors nor output at run time: there the value is given back as it is.

    Args:
        value: A tensor.
        on_failure: ``"raise"``, ``"print"`` a line to stderr, or ``"nan"``: say nothing.
        status: The ``Status`` of the solve, or one for each sample.
        about: The further arguments of ``in_words``.

    Raises:
        tf.errors.InvalidArgumentError: The solve failed and ``on_failure`` is ``"raise"``.
    """
    if on_failure == "nan" or control_flow_util.GraphOrParentsInXlaContext(tf.compat.v1.get_default_graph()):
        return value
    good = tf.reduce_all(status == int(Status.SUCCESS))
    if tf.executing_eagerly():
        if on_failure == "raise" and not good:
            raise tf.errors.InvalidArgumentError(None, None, in_words(status, *about).numpy().decode())
        return value

    def tell():
        words = in_words(status, *about)
        return tf.debugging.Assert(good, [words]) if on_failure == "raise" else tf.print(words)

    with tf.control_dependencies([tf.cond(good, tf.no_op, tell)]):
        return tf.identity(value)
