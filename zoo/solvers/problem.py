"""An initial value problem (TensorFlow)."""

from typing import NamedTuple

import tensorflow as tf

from zoo.solvers.course import Course
from zoo.solvers.march import March
from zoo.solvers.right_hand_side import RightHandSide


class Problem(NamedTuple):
    """What a march starts from.

    Attributes:
        right_hand_side: f, with its variables.
        times: 1-D, the initial time first.
        u: The initial state, a list of tensors.
        constants: The constants of f, a list of tensors.
        size: First step in time; 0 chooses one.
        ratio: Error ratio of the step before it.
    """

    right_hand_side: RightHandSide
    times: tf.Tensor
    u: list
    constants: list
    size: tf.Tensor
    ratio: tf.Tensor

    @property
    def inputs(self) -> list[tf.Tensor]:
        """What gradients reach: times, state, constants, variables of f."""
        return [self.times, *self.u, *self.constants, *map(tf.convert_to_tensor, self.right_hand_side.variables)]

    def with_inputs(self, inputs: list) -> "Problem":
        """The problem with other ``inputs``; the variables of f stay as they are."""
        times, *rest = inputs
        count = len(self.u)
        return self._replace(times=times, u=rest[:count], constants=rest[count:][: len(self.constants)])

    def without_gradient(self) -> "Problem":
        """The same, as constants."""
        held = tf.nest.map_structure(tf.stop_gradient, (self.times, self.u, self.constants))
        return self._replace(**dict(zip(("times", "u", "constants"), held, strict=True)))

    def course(self, march: March, record: bool, bounded: bool) -> Course:
        """The course of the march from here; see ``March.run``."""
        return march.run(self.f, self.times, self.u, self.size, self.ratio, record, bounded)

    def f(self, t: tf.Tensor, u: list) -> list[tf.Tensor]:
        """f with the constants, on lists of tensors."""
        return self.right_hand_side(t, u, self.constants)
