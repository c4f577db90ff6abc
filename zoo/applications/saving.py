"""Models that travel: into the folder of a preset and back."""

import os
import pathlib
from typing import Any

import keras

from zoo import _check
from zoo.applications import configuration, head, identity
from zoo.applications.application import Application, registered
from zoo.weights import card, keys, preset


def save(model: keras.Model, folder: str | os.PathLike, **provenance: Any) -> pathlib.Path:
    """Write a model as a preset: a folder with ``README.md``, ``config.json`` and ``model.safetensors``.

    ``zoo.load(folder)`` gives the model back, as do all commands that take a MODEL. What is still the network of an
    application is written as its name and keywords; any other model, such as one of ``to_lm`` or ``refine`` or a trunk
    under layers of your own, as Keras's configuration, if all of its layers are Zoo's or Keras's.

    Args:
        model: A built model.
        folder: Made if missing; it must hold no preset yet. Other files in it stay.
        **provenance: What ``config.json`` and the card are to say of how the weights were made: anything that JSON
            holds.

    Returns:
        The folder.

    Raises:
        ValueError: A layer is neither Zoo's nor Keras's, or holds code (``Lambda``); it is named.
        FileExistsError: The folder holds a preset.
        OSError: It cannot be written.

    Example:
        >>> model = zoo.applications.LMResNet()
        >>> zoo.save(model, "mine") # doctest: +SKIP
    """
    origin = identity.origin(model)
    common: dict[str, Any] = {
        "name": model.name,
        "labels": identity.labels(model),
        **{key: origin[key] for key in ("checkpoint", "digest", "calibration") if key in origin},
        "preprocessing": {} if identity.checkpoint(model) is None else identity.preprocessing(model).row(),
        "provenance": {**origin.get("provenance", {}), **provenance},
    }
    built_by = _application_of(model, origin)
    config = {**common, **({"keras": configuration.configuration_of(model)} if built_by is None else built_by)}
    return preset.write(folder, preset.Preset(config, keys.arrays_of(model)), card.of(config, model.count_params()))


def load(folder: pathlib.Path, **arguments: Any) -> keras.Model:
    """The model of a preset; ``arguments`` are those of its application.

    Raises ``ValueError`` if the application is unknown, the weights do not fit, or there are arguments for a model
    that is no application; ``FileNotFoundError`` if it is no preset.
    """
    stored = preset.read(folder)
    config = stored.config
    if "application" in config:
        applications = registered()
        application = applications[_check.known(config["application"], applications, "application")]
        keywords = config.get("keywords", {})
        _check_keywords(application, keywords, stored, folder)
        given = {**config.get("arguments", {}), **keywords, "weights": folder, "name": config.get("name")}
        return application(**{**given, **_classes(stored, folder), **arguments})
    if arguments:
        raise ValueError(
            f"{folder} holds a model that is no application, with a configuration of its own. Expected: no arguments. "
            f"Received: {', '.join(arguments)}."
        )
    stored_configuration = config.get("keras")
    configuration.check_classes(stored_configuration, str(folder))
    configuration.check_numbers(stored_configuration, str(folder))
    try:
        model = keras.saving.deserialize_keras_object(stored_configuration, safe_mode=True)
    except Exception as error:  # Keras raises many kinds for a configuration that it does not understand
        raise ValueError(
            f"{folder} holds no model that this Zoo can build: {' '.join(str(error).split())[:300]}"
        ) from None
    keys.assign(keys.named_weights(model), stored.tensors, f"{folder} for {model.name}")
    return model


def _check_keywords(application: Application, keywords: Any, stored: preset.Preset, folder: pathlib.Path) -> None:
    """Raise ``ValueError`` for keywords of a network that is out of all proportion to the weights that are there."""
    if not isinstance(keywords, dict) or not isinstance(stored.config.get("arguments", {}), dict):
        raise ValueError(f"{folder} is damaged: its keywords and arguments are no dictionaries.")
    sides = [side for array in stored.tensors.values() for side in array.shape]
    configuration.check_numbers(keywords, str(folder))
    try:
        architecture = application.describe(**keywords).architecture
    except TypeError as error:
        raise ValueError(f"{folder} is damaged: {error}.") from None
    configuration.check_numbers(architecture, str(folder), 10 * max(len(stored.tensors), *sides, 1))


def _classes(stored: preset.Preset, folder: pathlib.Path) -> dict[str, int]:
    """How many classes the stored head has, if there is one: another number would be given a new head."""
    bias = stored.tensors.get(f"{head.NAME}/bias")
    if bias is None:
        return {}
    said = stored.config.get("arguments", {}).get("classes", len(bias))
    if said != len(bias):
        raise ValueError(f"{folder} is damaged: its configuration says {said} classes, its weights have {len(bias)}.")
    return {"classes": len(bias)}


def _application_of(model, origin) -> dict[str, Any] | None:
    """Application, keywords and common arguments that build an equal network, or ``None`` if there are none."""
    application = registered().get(origin.get("application", ""))
    if application is not None and "arguments" in origin:  # a density's own, of which dataset is a keyword, too
        return _if_equal(model, application, origin["keywords"], origin["arguments"])
    if application is None or not isinstance(model, keras.Model) or len(model.inputs) != 1:
        return None
    classifier = model.layers[-1]
    arguments = {
        "input_shape": list(model.inputs[0].shape[1:]),
        "classes": classifier.units,
        "classifier_activation": keras.activations.serialize(classifier.activation),
    }
    return _if_equal(model, application, origin["keywords"], arguments)


def _if_equal(model, application, keywords, arguments) -> dict[str, Any] | None:
    """The same, if they do build an equal network."""
    try:
        again = application(**{**arguments, **keywords, "weights": None})
    except (ValueError, TypeError):  # a trunk or a shape that the application does not make
        return None
    if configuration.canonical(again) != configuration.canonical(model):
        return None
    return {"application": application.name, "keywords": keywords, "arguments": arguments}
