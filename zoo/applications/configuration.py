"""Keras's configuration of a model: compared, and restricted to Zoo's and Keras's own classes."""

from typing import Any

import keras


def canonical(model: keras.Model) -> Any:
    """A model's configuration in which layers are numbered by their first place instead of named, and what the last
    layer remembers is left out."""
    configuration = _without(keras.saving.serialize_keras_object(model), FORGOTTEN)
    names = {layer.name for layer in model._flatten_layers()}
    numbers: dict[str, str] = {}

    def renamed(value):
        if isinstance(value, dict):
            return {key: renamed(entry) for key, entry in value.items()}
        if isinstance(value, (list, tuple)):
            return [renamed(entry) for entry in value]
        return numbers.setdefault(value, f"#{len(numbers)}") if isinstance(value, str) and value in names else value

    return renamed(configuration)


FORGOTTEN = ("labels", "origin", "build_config", "compile_config", "shared_object_id")
"""What two equal networks may differ in."""


def _without(value, left_out):
    if isinstance(value, dict):
        return {key: _without(entry, left_out) for key, entry in value.items() if key not in left_out}
    if isinstance(value, (list, tuple)):
        return [_without(entry, left_out) for entry in value]
    return value


def configuration_of(model: keras.Model) -> dict[str, Any]:
    """Keras's configuration of a model; raises ``ValueError`` that names a layer which is neither Zoo's nor Keras's."""
    configuration = _without(keras.saving.serialize_keras_object(model), ("compile_config",))
    check_classes(configuration, model.name)
    return configuration


def check_classes(value: Any, source: str) -> None:
    """Raise ``ValueError`` if a configuration names a class or function that is neither Zoo's nor Keras's, or code."""
    if isinstance(value, dict):
        kind = value.get("class_name")
        if isinstance(kind, str) and "config" in value and not _allowed(value):
            raise ValueError(
                f"{source} has a {kind} of {value.get('module') or 'unknown origin'}, which a preset cannot hold. "
                "Expected: layers of Zoo and of Keras, no Lambda. Save it by model.save('model.keras') instead."
            )
        for entry in value.values():
            check_classes(entry, source)
    elif isinstance(value, (list, tuple)):
        for entry in value:
            check_classes(entry, source)


LARGEST = 1_000_000
"""The largest whole number in a configuration: with more blocks or steps a model is never finished."""


def check_numbers(value: Any, source: str, most: int = LARGEST) -> None:
    """Raise ``ValueError`` if a configuration has a whole number that is larger than that; seeds may be any."""
    if isinstance(value, dict):
        for key, entry in value.items():
            if "seed" not in str(key):
                if isinstance(entry, int) and not isinstance(entry, bool) and abs(entry) > most:
                    raise ValueError(f"{source} is damaged: {key} is {entry}. Expected at most {most:,}.")
                check_numbers(entry, source, most)
    elif isinstance(value, (list, tuple)):
        check_numbers(dict(enumerate(value)), source, most)


MODULES = ("keras", "builtins", *(f"keras.{name}" for name in ("layers", "models", "initializers", "regularizers")))
MODULES += ("keras.constraints", "keras.activations", "keras.dtype_policies", "keras.src.models.functional")
PLAIN = ("__tensor__", "__numpy__", "__tuple__", "__keras_tensor__", "__ellipsis__", "__typespec__", "slice", "Slice")
"""Where the classes of a preset's configuration may be from, beside Zoo's own registered ones, and plain values."""


def _allowed(entry) -> bool:
    kind, module = entry["class_name"], entry.get("module")
    if kind in ("Lambda", "__lambda__"):
        return False
    if str(entry.get("registered_name") or "").startswith("zoo>"):
        return True
    return kind in PLAIN or module is None or module in MODULES
