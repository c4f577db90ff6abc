"""What each place of the dial costs and is worth: evaluations, latency, accuracy, as it is served."""

import dataclasses
import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from zoo.analysis import accuracy

CALLS = 20
"""Calls of each signature whose median is its latency, after two that are not counted."""
SECONDS = 2.0
"""After which no further call is made."""
BATCH = 100
"""Pictures at once where accuracy is measured."""


@dataclasses.dataclass(frozen=True)
class Row:
    """A signature: mean evaluations of the fields (``None`` where they are not counted), median milliseconds for one
    picture in its bytes, and top-1 accuracy in % (``None`` without pictures with classes)."""

    signature: str
    nfe: float | None
    milliseconds: float
    accuracy: float | None


def rows(
    signatures: Mapping[str, Callable[..., Mapping[str, Any]]],
    picture: np.ndarray,
    data: tuple[np.ndarray, np.ndarray] | None,
) -> list[Row]:
    """A row for each signature that takes ``image_bytes``.

    Args:
        signatures: By name.
        picture: uint8 RGB ``(1, height, width, 3)``, to measure latency with.
        data: Raw pictures of the model's size, and their class numbers; or ``None``.

    Raises ``ValueError`` if there is not one class number for each picture.
    """
    return [_row(name, signature, encoded(picture), data) for name, signature in signatures.items()]


def encoded(images: np.ndarray) -> np.ndarray:
    """Raw pictures, grey or RGB, as the bytes of RGB files without loss."""
    colour = np.broadcast_to(np.round(images).astype(np.uint8), (*images.shape[:3], 3))
    return np.array([tf.io.encode_png(image).numpy() for image in colour], object)


def _row(name, signature, one, data):
    milliseconds = _latency(signature, tf.constant(one))
    if data is None:
        nfe = signature(image_bytes=tf.constant(one)).get("nfe")
        return Row(name, None if nfe is None else float(np.mean(nfe)), milliseconds, None)
    images, classes = np.asarray(data[0]), accuracy.class_numbers(data[1], len(data[0]))
    right, counts = 0, list[int]()
    for start in range(0, len(images), BATCH):
        answer = signature(image_bytes=tf.constant(encoded(images[start : start + BATCH])))
        right += int(np.sum(accuracy.right(answer["probabilities"].numpy(), classes[start : start + BATCH])))
        counts.extend(answer["nfe"].numpy() if "nfe" in answer else [])
    return Row(name, float(np.mean(counts)) if counts else None, milliseconds, 100 * right / len(images))


def _latency(signature, data):
    times: list[float] = []
    end = time.perf_counter() + SECONDS
    while len(times) < 3 or (len(times) < CALLS + 2 and time.perf_counter() < end):
        start = time.perf_counter()
        signature(image_bytes=data)
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times[2:])
