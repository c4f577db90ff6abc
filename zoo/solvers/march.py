"""What the two ways from time to time have in common (TensorFlow)."""

import abc
from collections.abc import Callable

import tensorflow as tf

from zoo.numerics.tableau import ButcherTableau
from zoo.solvers.course import Course


class March(abc.ABC):
    """A way from time to time in Runge–Kutta steps. Abstract: ``Grid`` and ``Adaptive`` are the two there are.

    Attributes:
        tableau: The method.
        per_sample: Whether every sample, an entry of the first axis, has times and steps of its own.
    """

    tableau: ButcherTableau
    per_sample: bool

    @abc.abstractmethod
    def run(
        self,
        f: Callable,
        times: tf.Tensor,
        u: list,
        size: tf.Tensor,
        ratio: tf.Tensor,
        record: bool,
        bounded: bool,
    ) -> Course:
        """From u at the first of the times to all others.

        Args:
            f: ``f(t, u)`` on lists of tensors.
            times: 1-D; a static length is needed under XLA.
            u: List of tensors.
            size: First step in time; 0 chooses one.
            ratio: Error ratio of the step before it.
            record: Whether the accepted steps are kept.
            bounded: Whether every array of the result needs a static size, as under XLA.

        Returns:
            The ``Course``.
        """

    @abc.abstractmethod
    def most_steps(self, times: tf.Tensor) -> int | tf.Tensor:
        """Bound of the number of steps: an ``int``, or a tensor if the number of times is not known."""

    @abc.abstractmethod
    def adjusted(
        self,
        rtol: float | None = None,
        atol: float | None = None,
        max_steps: int | None = None,
        controlled: int | None = None,
    ) -> "March":
        """The same march with another control of its errors; equal steps have none and stay as they are.

        Args:
            rtol, atol: Tolerances of a step; ``None`` (default) keeps them.
            max_steps: Most attempts in each interval; ``None`` (default) keeps it.
            controlled: How many tensors of the state, the first ones, errors are measured on; ``None`` (default)
                keeps it.
        """

    def batch(self, u: list) -> tf.Tensor | list[int]:
        """The shape of what each sample has of its own: that of a scalar if all samples share their steps."""
        return tf.shape(u[0])[:1] if self.per_sample else []
