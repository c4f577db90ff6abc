"""Backpropagation through the loop of steps (TensorFlow)."""

import dataclasses
from collections.abc import Callable
from typing import final

from zoo.solvers.course import Course
from zoo.solvers.gradient import Gradient, Report
from zoo.solvers.march import March
from zoo.solvers.problem import Problem
from zoo.solvers.right_hand_side import RightHandSide


@final
@dataclasses.dataclass(frozen=True)
class Direct(Gradient):
    """Backpropagation through the loop of steps: every activation is kept; second derivatives exist.

    The steps are frozen as fractions of the intervals, so that it reaches the state, ``constants``, the weights of f,
    and all times. A rejected step in which f overflowed can make it NaN.
    """

    takes_samples = True
    ends = True
    checkpoints = 1

    def check(self, right_hand_side: RightHandSide) -> None:
        """Nothing is lost: a tape sees what f captures."""

    def entry(self, own: Callable, tfp: Callable, *times: object) -> Callable:
        """The solver's own solve."""
        return own

    def course(self, march: March, problem: Problem, record: bool, bounded: bool, report: Report) -> Course:
        """The course as it is; the tape records it, and nothing is reported."""
        return problem.course(march, False, bounded)
