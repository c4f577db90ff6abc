"""What a model knows of itself: its labels, and where its weights are from."""

import os
from typing import Any

import keras

from zoo.flows import FlowModel
from zoo.layers import ClassifierHead
from zoo.weights import Calibration, Checkpoint, Classifier, Preprocessing, available


def labels(model: keras.Model) -> tuple[str, ...] | None:
    """The names of a model's classes in the order of its outputs, or ``None`` if it has none.

    They are carried by the last layer of the models of ``zoo.applications``, also through ``.keras`` files, presets,
    clones and fine-tuning. A model that ends in another layer, such as a head of one's own, has no labels.
    """
    classifier = _classifier(model)
    return None if classifier is None else classifier.labels


def checkpoint(model: keras.Model) -> Checkpoint | None:
    """The released checkpoint that a model's weights began with, or ``None`` if there is none.

    A fine-tuned model answers with the one that it was fine-tuned from: its metrics are that one's, not the model's.
    """
    name = origin(model).get("checkpoint")
    return next((each for each in available() if each.name == name), None)


def preprocessing(model: keras.Model) -> Preprocessing:
    """How pictures are to be brought to a model: the share of the centre crop and the interpolation.

    That of the checkpoint whose classes it has, also after ``.keras`` and presets. A model with classes of its own,
    such as a fine-tuned one, or without a checkpoint takes the largest centre crop, bilinear, as fine-tuning does.
    """
    task = getattr(checkpoint(model), "task", None)
    return task.preprocessing if isinstance(task, Classifier) and task.classes == labels(model) else Preprocessing()


def calibration(model: keras.Model) -> Calibration | None:
    """The temperature of a classifier and what it does to its confidence, or ``None`` if nothing is known.

    Of a fine-tuned model what was found on the pictures held out, else that of the checkpoint whose classes it has. The
    model's own outputs are without it; ``zoo.predict`` and ``zoo evaluate`` apply it.
    """
    known = origin(model).get("calibration")
    if known is not None:
        return Calibration(**known) if known else None
    released = checkpoint(model)
    same = released is not None and getattr(released.task, "classes", None) == labels(model)
    return released.calibration if released is not None and same else None


def origin(model: keras.Model) -> dict[str, Any]:
    """What the model was made by: ``application``, ``keywords``, ``checkpoint``, ``digest``; empty if not known."""
    if isinstance(model, FlowModel):
        return dict(model.origin)
    classifier = _classifier(model)
    return {} if classifier is None else dict(classifier.origin)


def identify(model: keras.Model, labels: tuple[str, ...] | list[str] | None, **origin: Any) -> keras.Model:
    """Give a classifier the names of its classes, and more to remember of its origin; returns the model.

    Raises ``ValueError`` if the model does not end in a ``zoo.layers.ClassifierHead`` or has another number of classes.
    """
    classifier = _classifier(model)
    if classifier is None:
        raise ValueError(
            f"{model.name} does not end in a zoo.layers.ClassifierHead, which carries labels. Expected a model of "
            "zoo.applications with include_top=True."
        )
    if labels is not None and len(labels) != classifier.units:
        raise ValueError(f"Expected {classifier.units} labels, one for each class. Received: {len(labels)}.")
    classifier.labels = None if labels is None else tuple(str(label) for label in labels)
    classifier.origin = {**classifier.origin, **origin}
    return model


def load_keras(path: str | os.PathLike) -> keras.Model:
    """The model in a ``.keras`` file, in safe mode and not compiled; ``ValueError`` in one line if it is none."""
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # Keras, zipfile and h5py raise many kinds for a damaged file
        raise ValueError(f"{path} is not a readable .keras file: {' '.join(str(error).split())[:300]}") from error


def _classifier(model) -> ClassifierHead | None:
    """The layer that makes the one output of a model, also of one inside it, if it is a ``ClassifierHead``."""
    operation: Any = model
    while isinstance(operation, keras.Model):
        outputs = getattr(operation, "outputs", None)
        if not outputs or len(outputs) != 1:
            return None
        operation = outputs[0]._keras_history.operation
    return operation if isinstance(operation, ClassifierHead) else None
