"""Weight files of a network whose stages another method integrates: the same fields, under other names."""

import contextlib
import pathlib
import re
import shutil
import tempfile

import h5py

from zoo.layers import ODE, RungeKutta

NAMES: dict[type, str] = {ODE: "ode", RungeKutta: "runge_kutta"}
"""What Keras calls the layers in a file; it numbers the later ones: ``ode``, ``ode_1``, …."""


@contextlib.contextmanager
def fitting(path, model):
    """The path of a weight file with the stages as ``model`` has them: a copy for the time of the context if the file
    is of the other kind, else the file itself.

    A stage is one field; whether an ``ODE`` or a ``RungeKutta`` layer integrates it changes nothing in its weights, but
    Keras files them under the name of the layer's class.
    """
    wanted = {NAMES[type(layer)] for layer in model.layers if type(layer) in NAMES}
    renamed = _renamed(path, wanted.pop()) if len(wanted) == 1 else {}
    if not renamed:
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder, "stages.weights.h5")
        shutil.copyfile(path, copy)
        with h5py.File(copy, "r+") as file:
            for old, new in renamed.items():
                file["layers"].move(old, new)
        yield copy


def _renamed(path, wanted):
    """The groups of stages in the file that have another name in the model, and that name."""
    with h5py.File(path) as file:
        found = (re.fullmatch(rf"({'|'.join(NAMES.values())})(_\d+)?", name) for name in file.get("layers", ()))
        return {match[0]: f"{wanted}{match[2] or ''}" for match in found if match and match[1] != wanted}
