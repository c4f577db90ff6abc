"""The names of weights in a file: positions in the network, which no counter of Keras enters.

A key is the path of names from the model down to a weight: ``stage1_block1/field/conv1/kernel``. A layer of a model is
called by its name, a part of a composite layer by its place (``parts()`` of the layers of ``zoo.layers``). So two equal
models have equal keys however many were built before, as have a stage that ``ODE`` and one that ``RungeKutta``
integrates, and networks with and without stochastic depth.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

LISTED = 12
"""Most keys that a message names one by one."""


def named_weights(layer: Any) -> dict[str, Any]:
    """The weights of a layer or model by key: variables, those of a shared layer once, at its first place.

    States of random generators and metrics are no weights.

    Raises ``ValueError`` if two weights have one key, or one cannot be reached through layers.
    """
    found: dict[str, Any] = {}
    seen: set[int] = set()
    _walk(layer, "", found, seen)
    lost = [variable.path for variable in layer.weights if id(variable) not in seen]
    if lost:
        raise ValueError(
            f"{layer.name} has weights that belong to none of its layers, so that no position names them: "
            f"{', '.join(lost)}. Keep sublayers as attributes, or in lists and dictionaries of them."
        )
    return found


def _walk(layer, prefix, found, seen):
    parts = parts_of(layer)
    inside = {id(variable) for part in parts.values() for variable in part.weights}
    for variable in layer.weights:
        if id(variable) in inside or id(variable) in seen:
            continue
        key = prefix + variable.name
        if key in found:
            raise ValueError(f"Two weights have the position {key}. Give the variables of a layer names of their own.")
        found[key] = variable
        seen.add(id(variable))
    for name, part in parts.items():
        _walk(part, f"{prefix}{name}/", found, seen)


def parts_of(layer: Any) -> dict[str, Any]:
    """The layers inside a layer by the names of their places; empty for a simple one."""
    if hasattr(layer, "parts"):
        return layer.parts()
    if hasattr(layer, "layers"):
        return {part.name: part for part in layer.layers}
    parts: dict[str, Any] = {}
    for name, value in vars(layer).items():
        if not _internal(name):
            _collect(name.strip("_"), value, parts)
    return parts


def _internal(name):
    """Keras's own lists of what a layer holds repeat its attributes."""
    return name in ("_layers", "_metrics", "_tracker") or name.startswith("_self_")


def _collect(name, value, parts):
    import keras

    if isinstance(value, keras.layers.Layer):
        parts[name] = value
    elif isinstance(value, (list, tuple)):
        for number, entry in enumerate(value, start=1):
            _collect(f"{name}{number}", entry, parts)
    elif isinstance(value, dict):
        for key, entry in value.items():
            _collect(f"{name}_{key}", entry, parts)


def arrays_of(layer: Any) -> dict[str, np.ndarray]:
    """The values of ``named_weights``, as NumPy arrays."""
    import keras

    return {key: np.asarray(keras.ops.convert_to_numpy(value)) for key, value in named_weights(layer).items()}


def assign(variables: Mapping[str, Any], arrays: Mapping[str, np.ndarray], source: str) -> None:
    """Give every variable the array of its key.

    Raises ``ValueError`` before anything is assigned if keys are missing or unknown, or arrays have another shape or
    are not finite; the message names all of them.
    """
    shared = [key for key in variables if key in arrays]
    problems = {
        "missing": [key for key in variables if key not in arrays],
        "unknown": [key for key in arrays if key not in variables],
        "of another shape": [
            f"{key} {tuple(arrays[key].shape)} for {tuple(variables[key].shape)}"
            for key in shared
            if tuple(arrays[key].shape) != tuple(variables[key].shape)
        ],
        "not finite": [key for key in shared if not np.isfinite(np.asarray(arrays[key], "float64")).all()],
    }
    found = [f"{what}: {listed(keys)}" for what, keys in problems.items() if keys]
    if found:
        raise ValueError(
            f"{source} does not fit. Expected {len(variables)} tensors. Received {len(arrays)}, of which "
            f"{'; '.join(found)}. Build the network that the file is of, or choose another file."
        )
    for key, variable in variables.items():
        variable.assign(arrays[key])


def listed(keys: Iterable[str]) -> str:
    """The keys in one line; where they are many, the layers that they are in with their numbers."""
    keys = list(keys)
    if len(keys) <= LISTED:
        return ", ".join(keys)
    layers: dict[str, int] = {}
    for key in keys:
        layer = key.split("/")[0]
        layers[layer] = layers.get(layer, 0) + 1
    return ", ".join(f"{count} in {layer}" for layer, count in layers.items())


def copy(source: Any, target: Any) -> None:
    """Copy the weights of a model into another with the same keys; raises ``ValueError`` as ``assign``."""
    assign(named_weights(target), arrays_of(source), source.name)
