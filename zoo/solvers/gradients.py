"""The gradients by name, and how a file describes one (TensorFlow).

``Direct`` and ``Replay`` differentiate the discrete solution with its steps frozen as fractions of the intervals.
``Backsolve`` and ``TfpAdjoint`` approximate the gradient of the exact solution.
"""

import dataclasses

from zoo import _check
from zoo.solvers.backsolve import Backsolve
from zoo.solvers.direct import Direct
from zoo.solvers.gradient import Gradient
from zoo.solvers.replay import Replay
from zoo.solvers.tfp_adjoint import TfpAdjoint

GRADIENTS: dict[str, Gradient] = {
    "replay": Replay(),
    "direct": Direct(),
    "backsolve": Backsolve(),
    "tfp": TfpAdjoint(),
}
"""Every gradient by name."""


def find(gradient: str | Backsolve) -> Gradient:
    """The gradient of a name, or the given ``Backsolve``; raises ``ValueError`` if there is none of that name."""
    return gradient if isinstance(gradient, Backsolve) else GRADIENTS[_check.known(gradient, GRADIENTS, "gradient")]


def to_config(gradient: str | Backsolve | None) -> str | dict | None:
    """A name or ``None`` as it is, the parameters of a ``Backsolve``."""
    return dataclasses.asdict(gradient) if isinstance(gradient, Backsolve) else gradient


def from_config(config: str | dict | None) -> str | Backsolve | None:
    """The gradient that ``to_config`` described."""
    return Backsolve(**config) if isinstance(config, dict) else config
