"""Zoo: a Keras model zoo in which every network is a numerical method for u' = f(u).

Importing it imports neither Keras nor TensorFlow: rooms and functions are loaded at their first use.
"""

import importlib
from typing import TYPE_CHECKING, Any

from zoo import _check

if TYPE_CHECKING:
    from zoo import analysis as analysis
    from zoo import applications as applications
    from zoo import client as client
    from zoo import data as data
    from zoo import flows as flows
    from zoo import layers as layers
    from zoo import numerics as numerics
    from zoo import serving as serving
    from zoo import solvers as solvers
    from zoo import training as training
    from zoo import weights as weights
    from zoo.analysis import rediscretize as rediscretize
    from zoo.applications import checkpoint as checkpoint
    from zoo.applications import labels as labels
    from zoo.applications import list_models as list_models
    from zoo.applications import load as load
    from zoo.applications import save as save
    from zoo.serving import export as export
    from zoo.serving import predict as predict
    from zoo.solvers import odeint as odeint
    from zoo.training.finetuning.from_data import finetune as finetune

    __version__: str

_ROOMS = (
    "analysis",
    "applications",
    "client",
    "data",
    "flows",
    "layers",
    "numerics",
    "serving",
    "solvers",
    "training",
    "weights",
)
_FUNCTIONS = {
    "checkpoint": "zoo.applications",
    "export": "zoo.serving",
    "finetune": "zoo.training.finetuning.from_data",
    "labels": "zoo.applications",
    "list_models": "zoo.applications",
    "load": "zoo.applications",
    "odeint": "zoo.solvers",
    "predict": "zoo.serving",
    "rediscretize": "zoo.analysis",
    "save": "zoo.applications",
}


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        with _check.tensorflow_for("Keras"):
            return importlib.import_module(f"zoo.{name}")
    if name in _FUNCTIONS:
        with _check.tensorflow_for("Keras"):
            value = globals()[name] = getattr(importlib.import_module(_FUNCTIONS[name]), name)
        return value
    if name == "__version__":
        from importlib import metadata

        return metadata.version("odezoo")
    raise AttributeError(f"module 'zoo' has no attribute {name!r}. It has: {', '.join((*_ROOMS, *_FUNCTIONS))}.")


def __dir__() -> list[str]:
    return sorted({*globals(), *_ROOMS, *_FUNCTIONS, "__version__"})
