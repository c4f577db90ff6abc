"""What a solve gives beside its states, in the form of TensorFlow Probability."""

import collections

import tensorflow as tf
import tensorflow_probability as tfp


class Memory(collections.namedtuple("Memory", ["step_size", "error_ratio"])):
    """What a solve hands to the next: the step in time and the error ratio of the last accepted step."""

    __slots__ = ()

    @classmethod
    def fresh(cls, dtype: tf.DType) -> "Memory":
        """The memory with which a solve chooses its first step, because its step is 0."""
        return cls(tf.zeros([], dtype), tf.ones([], dtype))


class Diagnostics(
    collections.namedtuple("Diagnostics", ["num_ode_fn_evaluations", "num_accepted", "num_rejected", "status", "time"]),
    tfp.math.ode.Diagnostics,
):
    """Evaluations of f, accepted and rejected steps over all intervals, the ``Status``, all int32 tensors, and the
    time that was reached.

    They are scalars, or all but the first have an entry for each sample if each has its own steps.
    """

    __slots__ = ()

    @property
    def num_jacobian_evaluations(self) -> tf.Tensor:
        """0: explicit methods need none."""
        return tf.constant(0)

    @property
    def num_matrix_factorizations(self) -> tf.Tensor:
        """0: explicit methods need none."""
        return tf.constant(0)
