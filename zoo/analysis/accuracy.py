"""Top-1 and top-5 accuracy of a classifier."""

import dataclasses
from collections.abc import Callable

import keras
import numpy as np

from zoo.analysis.confidence import Confidence


@dataclasses.dataclass(frozen=True)
class Score:
    """``correct`` of ``total`` pictures have their own class as the most probable one, or among the k most probable."""

    correct: int
    total: int

    @property
    def percent(self) -> float:
        """The accuracy in %."""
        return 100 * self.correct / self.total


def top1(
    model: keras.Model,
    images: np.ndarray,
    labels: np.ndarray,
    batch_size: int = 200,
    track: Callable = iter,
    confidence: Confidence | None = None,
) -> Score:
    """Top-1 accuracy of the model on raw pictures.

    Args:
        model: Takes raw pictures, returns probabilities or logits.
        images: ``(n, height, width, channels)``, 0..255.
        labels: Class numbers, ``(n,)`` or, as in ``keras.datasets``, ``(n, 1)``.
        batch_size: Pictures at once. It changes nothing but adaptive steps that a batch shares, within their tolerance.
        track: Wraps the sequence of batches, to show progress (such as ``rich.progress.track``).
        confidence: Is given every answer. Defaults to ``None``.

    Raises ``ValueError`` if there is not one class number for each picture.
    """
    labels, correct = class_numbers(labels, len(images)), 0
    for start in track(range(0, len(images), batch_size)):
        scores = model.predict_on_batch(images[start : start + batch_size])
        correct += int(np.sum(right(scores, labels[start : start + batch_size])))
        if confidence is not None:
            confidence.add(scores, labels[start : start + batch_size])
    return Score(correct, len(labels))


def right(scores: np.ndarray, labels: np.ndarray, k: int = 1) -> np.ndarray:
    """Whether the score of its class is among the k highest of each row; of equal ones the first counts as the higher.

    Never where a score is not finite, as of a failed solve.

    Args:
        scores: Probabilities or logits, ``(n, classes)``.
        labels: Class numbers, ``(n,)``.
        k: Defaults to ``1``.
    """
    own = np.take_along_axis(scores, labels[:, None], axis=-1)
    before = np.arange(scores.shape[-1]) < labels[:, None]
    better = np.sum((scores > own) | ((scores == own) & before), axis=-1)
    return (better < k) & np.isfinite(scores).all(axis=-1)


def class_numbers(labels: np.ndarray, count: int) -> np.ndarray:
    """The labels as ``(count,)``; raises ``ValueError`` if they are neither that nor ``(count, 1)``."""
    labels = np.asarray(labels)
    if labels.shape not in ((count,), (count, 1)):
        raise ValueError(f"Expected a class number for each of {count} pictures. Received shape: {labels.shape}.")
    return labels.reshape(-1)
