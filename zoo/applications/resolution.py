"""``weights=``: which checkpoint or file is meant."""

import logging
import os
import pathlib
from typing import Any

from zoo import _check
from zoo.applications.application import Application, Network
from zoo.applications.keras_weights import KerasWeights
from zoo.applications.sources import Release, Source, Stored
from zoo.weights import available, formats
from zoo.weights.locations import SUFFIXES, is_path, local


def resolve(weights: Any, application: Application, network: Network) -> Source | None:
    """What ``weights=`` means for this network: ``None``, a checkpoint, a path or the location of a preset.

    A checkpoint fits if it has the architecture, whatever its settings. Raises ``ValueError`` that names what exists if
    it is none of them, ``FileNotFoundError`` for a path without a file.
    """
    if weights is None:
        return None
    if not isinstance(weights, (str, os.PathLike)):
        raise ValueError(
            f"weights must be None, a tag such as 'cifar10', the NAME of a release, a path ({', '.join(SUFFIXES)} or "
            f"the folder of a preset), or the location of a preset (hf://user/repo, https://…). Received: {weights!r}."
        )
    fitting = {c.tag: c for c in available() if _fits(c, application, network)}
    names = {c.name: c for c in available()}
    if weights in fitting:
        return _release(fitting[str(weights)])
    if is_path(weights):
        path = _existing(local(weights))
        hdf5 = not path.is_dir() and formats.name(path).endswith(formats.HDF5)
        return KerasWeights(path, network.twin) if hdf5 else Stored(path)
    described = f"{application.root.name}({', '.join(f'{k}={v!r}' for k, v in network.architecture.items())})"
    if weights in names:
        if names[str(weights)] in fitting.values():
            return _release(names[str(weights)])
        raise ValueError(f"The weights {weights!r} are those of another network, not of {described}.")
    choices = [*fitting, *(c.name for c in fitting.values())]
    if not choices:
        raise ValueError(
            f"No weights are released for {described}. Received: weights={weights!r}. Build it with weights=None. "
            f"{network.elsewhere and network.elsewhere + ' '}Released are: {', '.join(names) or '(nothing yet)'}."
        )
    raise _check.unknown(weights, choices, f"weights for {described} (None and paths work too)")


def _release(checkpoint):
    if checkpoint.deprecated:
        logging.getLogger("zoo").warning("%s is deprecated: %s.", checkpoint.name, checkpoint.deprecated.rstrip("."))
    return Release(checkpoint)


def _fits(checkpoint, application, network):
    if checkpoint.application != application.root.name:
        return False
    return application.root.describe(**checkpoint.keywords).architecture == network.architecture


def _existing(path: pathlib.Path) -> pathlib.Path:
    if not path.exists():
        raise FileNotFoundError(f"No weight file at {path}. Expected {', '.join(SUFFIXES)} or the folder of a preset.")
    return path
