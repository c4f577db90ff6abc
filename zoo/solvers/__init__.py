"""Solvers of u' = f(t, u) on TensorFlow.

The names below are imported at their first use, so that ``import zoo.solvers`` imports no TensorFlow.
"""

import importlib
from typing import TYPE_CHECKING

from zoo import _check

if TYPE_CHECKING:
    from zoo.solvers.backsolve import Backsolve as Backsolve
    from zoo.solvers.ivp import odeint as odeint
    from zoo.solvers.solver import RungeKuttaSolver as RungeKuttaSolver
    from zoo.solvers.status import Status as Status

_MODULES = {
    "Backsolve": "zoo.solvers.backsolve",
    "RungeKuttaSolver": "zoo.solvers.solver",
    "Status": "zoo.solvers.status",
    "odeint": "zoo.solvers.ivp",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module 'zoo.solvers' has no attribute {name!r}. It exports: {', '.join(_MODULES)}.")
    with _check.tensorflow_for(f"zoo.solvers.{name}"):
        value = getattr(importlib.import_module(_MODULES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
