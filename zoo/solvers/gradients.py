"""Gradients of a march (TensorFlow).

``direct`` and ``replay`` differentiate the discrete solution with its steps frozen as fractions of the intervals, so
that they reach the state, ``constants``, the weights of f, and all times. ``Backsolve`` approximates the gradient of
the exact solution.
"""

from typing import Any

from zoo.solvers.backsolve import Backsolve
from zoo.solvers.replay import replay


def direct(march, problem, record, bounded, report):
    """Backpropagation through the loop of steps: every activation is kept; second derivatives exist."""
    return problem.march(march, False, bounded)


GRADIENTS: dict[str, Any] = {"replay": replay, "direct": direct, "backsolve": Backsolve()}
"""The gradients by name."""
