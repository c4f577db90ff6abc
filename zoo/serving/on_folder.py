"""The accuracy of a model on a folder of pictures, of any number."""

import os
import pathlib
from collections.abc import Callable, Iterable

import keras
import numpy as np

from zoo.analysis.accuracy import Score, right
from zoo.analysis.confidence import Confidence
from zoo.analysis.fractal_columns import column, columns
from zoo.applications import checkpoint, preprocessing
from zoo.data import folders, pictures, sources, streams
from zoo.serving.evaluate import names_of
from zoo.weights import Preprocessing

MANY = 100
"""From so many classes on the five most probable ones count, too."""


def scores_on_folder(
    model: keras.Model,
    path: str | os.PathLike,
    unreadable: Callable[[str, str], object],
    track: Callable[..., Iterable[streams.Batch]] = lambda batches, total: batches,
    batch_size: int = 100,
    confidence: Confidence | None = None,
) -> dict[str, Score]:
    """Every figure of a classifier on a folder, as ``scores``, and ``"top-5"`` of one with at least 100 classes.

    The pictures are brought to the model as ``zoo.applications.preprocessing`` says. They are read while the model
    computes, a few batches ahead: memory does not grow with their number.

    Args:
        model: A model that knows its labels (``zoo.labels``).
        path: A folder with one folder of pictures for each class; see ``zoo.data.folder_names.numbers`` for their
            names.
        unreadable: Called with the path and the reason for each file that is left out.
        track: Wraps the batches; its second argument ``total`` is their number. Defaults to no progress.
        batch_size: Pictures at once. Defaults to ``100``.
        confidence: Is given every answer of the whole model. Defaults to ``None``.

    Raises:
        ValueError: The model knows no labels or no size, or the folder holds no readable pictures or a folder that is
            no class.
    """
    path = pathlib.Path(path).expanduser()
    source = sources.Folder(path, names_of(model))
    for stray in folders.beside(path):
        unreadable(str(stray), "lies beside the folders of the classes, so it has no class")
    return scores_of(model, source, preprocessing(model), unreadable, track, batch_size, confidence)


def scores_of(
    model: keras.Model,
    source: sources.Pictures,
    way: Preprocessing,
    unreadable: Callable[[str, str], object],
    track: Callable[..., Iterable[streams.Batch]] = lambda batches, total: batches,
    batch_size: int = 100,
    confidence: Confidence | None = None,
) -> dict[str, Score]:
    """The figures of ``scores_on_folder`` on pictures from anywhere, brought to the model as ``way`` says.

    Raises ``ValueError`` if the model says no size or no picture can be read.
    """
    shape, figures = shape_of(model), _Figures(model, confidence)

    def read(row: int) -> tuple[np.ndarray, int]:
        with source.opened(row) as (picture, number):
            return pictures.fitted(picture, shape[:2], shape[2], way.crop, way.interpolation), number

    batches = streams.batches(range(len(source)), read, shape, batch_size)
    for batch in track(batches, total=-(-len(source) // batch_size)):
        for row, reason in batch.errors.items():
            unreadable(source.name(row), reason)
        if len(batch.rows):
            figures.add(batch.images, batch.numbers)
    if not figures.total:
        raise ValueError(
            "None of the pictures is readable. Expected a folder with a folder of pictures for each class."
        )
    return figures.scores()


class _Figures:
    """How many pictures are right so far, by the name of the figure."""

    def __init__(self, model: keras.Model, confidence: Confidence | None) -> None:
        self.confidence = confidence
        self.ranks = {"top-1": 1, **({"top-5": 5} if model.output_shape[-1] >= MANY else {})}
        self.model, self.total = model, 0
        self.columns = {f"top-1 of column {number}": column(model, number) for number in columns(model)}
        self.correct = dict.fromkeys((*self.ranks, *self.columns), 0)

    def add(self, images: np.ndarray, numbers: np.ndarray) -> None:
        self.total += len(images)
        answers = self.model.predict_on_batch(images)
        if self.confidence is not None:
            self.confidence.add(answers, numbers)
        for name, rank in self.ranks.items():
            self.correct[name] += int(np.sum(right(answers, numbers, rank)))
        for name, part in self.columns.items():
            self.correct[name] += int(np.sum(right(part.predict_on_batch(images), numbers)))

    def scores(self) -> dict[str, Score]:
        return {name: Score(count, self.total) for name, count in self.correct.items()}


def shape_of(model: keras.Model) -> tuple[int, int, int]:
    """Height, width and channels of a model's pictures; of one of open size those at which its row was measured.

    Raises ``ValueError`` if neither says them.
    """
    shape, task = model.input_shape[1:], getattr(checkpoint(model), "task", None)
    shape = getattr(task, "input_shape", shape) if None in shape else shape
    if None in shape:
        raise ValueError(f"{model.name} takes pictures of any size. Build it with an input_shape to evaluate it.")
    return shape
