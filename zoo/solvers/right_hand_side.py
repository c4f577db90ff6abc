"""The right-hand side of an ODE as the solver calls it (TensorFlow)."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf
from tensorflow.python.eager import record

from zoo.solvers.interval import against


class RightHandSide:
    """f(t, u, **constants) on flat lists of tensors, with the variables that it reads.

    Args:
        ode_fn: The user's function of t, a state of any structure, and the constants.
        time: A time, a scalar or a number for each sample, of the dtype that f gets.
        state: A state: a tensor or a nest of tensors.
        constants: Dictionary of constants, each a tensor or a nest of tensors.
        variables: The trainable variables; ``None`` (default) takes those that f reads.

    Raises:
        ValueError: The value of f differs from the state in structure, shape or dtype.
    """

    def __init__(
        self, ode_fn: Callable, time: tf.Tensor, state: Any, constants: dict[str, Any], variables: list | None = None
    ):
        self.ode_fn, self.state, self.constants = ode_fn, state, constants
        time = against(time, tf.nest.flatten(state)[0])
        specs = tf.nest.map_structure(lambda x: tf.TensorSpec(x.shape, x.dtype), (time, state, constants))
        traced = tf.function(lambda t, u, held: ode_fn(t, u, **held), autograph=False).get_concrete_function(*specs)
        self._check_value(traced.structured_outputs)
        self._captures = traced.captured_inputs
        self.variables = list(traced.graph.trainable_variables if variables is None else variables)

    def __call__(self, t: tf.Tensor, leaves: list, constants: list) -> list[tf.Tensor]:
        """f at a time and a state; state, constants and value are flat lists of tensors."""
        held = tf.nest.pack_sequence_as(self.constants, constants)
        value = self.ode_fn(against(t, leaves[0]), tf.nest.pack_sequence_as(self.state, leaves), **held)
        return [tf.convert_to_tensor(leaf) for leaf in tf.nest.flatten(value)]

    def refuse_watched_captures(self) -> None:
        """Raise ``ValueError`` if f captures a tensor that a tape watches, whose gradient would silently be missing."""
        for tensor in self._captures:
            if tensor.dtype.is_floating and record.should_record_backprop([tensor]):
                raise ValueError(
                    f"f captures a tensor of shape {tensor.shape} that a tf.GradientTape watches; its gradient would "
                    'be lost. Pass it in constants={"name": tensor} and let f take it as an argument, or use '
                    'gradient="direct".'
                )

    def _check_value(self, value):
        def kind(x):
            return f"shape {x.shape} and dtype {x.dtype.name}"

        try:
            tf.nest.assert_same_structure(self.state, value)
        except (TypeError, ValueError) as error:
            raise ValueError(f"f(t, u) must have the structure of the state u. Received another one: {error}") from None
        for u, slope in zip(tf.nest.flatten(self.state), tf.nest.flatten(value), strict=True):
            if not u.shape.is_compatible_with(slope.shape) or u.dtype != slope.dtype:
                raise ValueError(
                    f"f(t, u) must have the shape and dtype of the state u. Expected: {kind(u)}. "
                    f"Received: {kind(slope)}."
                )
