"""The accuracy of a model on pictures with known classes."""

import os
from collections.abc import Callable, Iterable
from typing import Any

import keras
import numpy as np

from zoo.analysis.accuracy import Score, top1
from zoo.analysis.confidence import Confidence
from zoo.analysis.fractal_columns import column, columns
from zoo.applications import checkpoint, labels
from zoo.data import datasets
from zoo.data.scale import warn_of_scale


def scores(
    model: keras.Model,
    images: Any,
    classes: Any,
    track: Callable[[Iterable], Iterable] = iter,
    confidence: Confidence | None = None,
) -> dict[str, Score]:
    """Every figure of a classifier by its name in the manifest: ``"top-1"``, and of a fractal network that of each
    column alone, ``"top-1 of column 1"`` and so on, the shallowest first. See ``top1`` for the arguments.
    ``confidence`` is given the answers of the whole model.

    Pictures that look as if they had been divided by 255 give a warning."""
    warn_of_scale(images)
    found = {"top-1": top1(model, images, classes, track=track, confidence=confidence)}
    for number in columns(model):
        found[f"top-1 of column {number}"] = top1(column(model, number), images, classes, track=track)
    return found


def test_set(model: keras.Model, path: str | os.PathLike | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Pictures and class numbers of the data set of a classifier, to evaluate it on.

    Args:
        model: A model with the classes of the checkpoint that it is from.
        path: An ``.npz`` file of the data set, or ``None`` for the place where it is expected.

    Raises:
        ValueError: The model knows no labels or no data set; or as ``zoo.data.datasets.load``.
    """
    names, released = names_of(model), checkpoint(model)
    if released is None or getattr(released.task, "classes", None) != names:
        raise ValueError(
            f"{model.name} has classes of its own ({', '.join(names[:5])}, …), of which no data set is known. Expected "
            f"a folder with a folder of pictures for each class (--data FOLDER). Received: {path}."
        )
    dataset = datasets.load(released.dataset, path)
    return dataset.x_test, dataset.y_test


def names_of(model: keras.Model) -> tuple[str, ...]:
    """The names of a model's classes; raises ``ValueError`` if it knows none."""
    names = labels(model)
    if names is None:
        raise ValueError(
            f"{model.name} does not know the names of its classes. Expected a release, or a model that zoo finetune "
            "or zoo.save wrote with labels; zoo.applications.identify(model, labels) gives it some."
        )
    return names
