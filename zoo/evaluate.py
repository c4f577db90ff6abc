"""The accuracy of a model on pictures with known classes."""

import dataclasses
import pathlib

import numpy as np

from zoo import folders
from zoo.applications import fractalnet
from zoo.training import data


@dataclasses.dataclass(frozen=True)
class Score:
    """``correct`` of ``total`` pictures have their own class as the most probable one."""

    correct: int
    total: int

    @property
    def percent(self) -> float:
        """Top-1 accuracy in %."""
        return 100 * self.correct / self.total


def top1(model, images, labels, batch_size=200, track=iter) -> Score:
    """Top-1 accuracy of the model on raw pictures.

    Args:
        model: Takes raw pictures, returns probabilities or logits.
        images: ``(n, height, width, channels)``, 0..255.
        labels: Class numbers, ``(n,)`` or, as in ``keras.datasets``, ``(n, 1)``.
        batch_size: Pictures at once. It changes nothing but adaptive steps that a batch shares, within their tolerance.
        track: Wraps the sequence of batches, to show progress (such as ``rich.progress.track``).

    Raises ``ValueError`` if there is not one class number for each picture.
    """
    labels, correct = class_numbers(labels, len(images)), 0
    for start in track(range(0, len(images), batch_size)):
        scores = model.predict_on_batch(images[start : start + batch_size])
        correct += int(np.sum(right(scores, labels[start : start + batch_size])))
    return Score(correct, len(labels))


def right(scores, labels):
    """Whether the highest score of each row is that of its class; never where a score is NaN, as of a failed solve."""
    return (np.argmax(scores, axis=-1) == labels) & np.isfinite(scores).all(axis=-1)


def class_numbers(labels, count):
    """The labels as ``(count,)``; raises ``ValueError`` if they are neither that nor ``(count, 1)``."""
    labels = np.asarray(labels)
    if labels.shape not in ((count,), (count, 1)):
        raise ValueError(f"Expected a class number for each of {count} pictures. Received shape: {labels.shape}.")
    return labels.reshape(-1)


def scores(model, images, labels, track=iter) -> dict[str, Score]:
    """Every figure of a classifier by its name in the manifest: ``"top-1"``, and of a fractal network that of each
    column alone, ``"top-1 of column 1"`` and so on, the shallowest first. See ``top1`` for the arguments."""
    parts = {"top-1": model}
    for number in fractalnet.columns(model):
        parts[f"top-1 of column {number}"] = fractalnet.column(model, number)
    return {name: top1(part, images, labels, track=track) for name, part in parts.items()}


def test_set(checkpoint, path=None):
    """Pictures and class numbers to evaluate a released checkpoint on.

    Args:
        checkpoint: ``zoo.weights.Checkpoint``.
        path: ``None`` for the test set of its data set, an ``.npz`` file of it, or a folder with one folder of
            pictures for each class, named as the class (``/`` in a label as ``_``).

    Raises:
        ValueError: The folder holds no pictures or a folder that is no class; or as ``zoo.training.data.load``.
    """
    path = None if path is None else pathlib.Path(path).expanduser()
    if path is None or not path.is_dir():
        dataset = data.load(checkpoint.dataset, path)
        return dataset.x_test, dataset.y_test
    labels = {label.replace("/", "_"): number for number, label in enumerate(checkpoint.classes)}
    return folders.read(path, labels, checkpoint.input_shape, _refuse)


def _refuse(file, reason):
    raise ValueError(f"{file}: {reason}")
