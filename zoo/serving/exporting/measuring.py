"""What each place of the dial costs and is worth: evaluations, latency, accuracy, as it is served."""

import contextlib
import dataclasses
import functools
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from zoo.analysis import accuracy
from zoo.serving.exporting.labelled import Labelled

Signature = Callable[..., Mapping[str, Any]]
CALLS = 20
"""Calls of each signature whose median is its latency, after two that are not counted."""
SECONDS = 2.0
"""For each signature, after which no further call is made."""
BATCH = 256
"""Pictures at once where accuracy is measured."""
MOST_SECONDS = 120.0
"""After which no further pictures are taken, of however many there are."""
SEED = 0
"""Of the order in which pictures are taken, so that those that are taken are drawn at random."""


@dataclasses.dataclass(frozen=True)
class Row:
    """A signature: mean evaluations of the fields (``None`` where they are not counted), median milliseconds for one
    picture in its bytes, and top-1 accuracy in % (``None`` without pictures with classes)."""

    signature: str
    nfe: float | None
    milliseconds: float
    accuracy: float | None


@dataclasses.dataclass(frozen=True)
class Measured:
    """The rows, and how many pictures their accuracy is of: all have the same.

    Attributes:
        rows: One for each signature.
        count: Pictures that were answered.
        total: Those that there are.
        unreadable: Those of the taken ones that could not be read.
    """

    rows: Sequence[Row]
    count: int = 0
    total: int = 0
    unreadable: int = 0


def measured(signatures: Mapping[str, Signature], picture: np.ndarray, data: Labelled | None) -> Measured:
    """Measure signatures that take ``image_bytes``.

    Args:
        signatures: By name.
        picture: uint8 RGB ``(1, height, width, 3)``, to measure latency with.
        data: Pictures with classes, or ``None``: they are taken in a random order, until ``MOST_SECONDS`` are over.

    Raises ``ValueError`` if none of the pictures that were taken can be read.
    """
    one = tf.constant(encoded(picture))
    times = latencies({name: functools.partial(each, image_bytes=one) for name, each in signatures.items()})
    if data is None or not len(data.classes):
        counts = {name: signature(image_bytes=one).get("nfe") for name, signature in signatures.items()}
        return Measured([Row(name, _mean(counts[name]), times[name], None) for name in signatures])
    order = np.random.default_rng(SEED).permutation(len(data.classes))
    right, nfe, count, taken = dict.fromkeys(signatures, 0), {name: list[int]() for name in signatures}, 0, 0
    end = time.perf_counter() + MOST_SECONDS
    while taken < len(order) and (not taken or time.perf_counter() < end):
        files, classes = _read(data, order[taken : taken + BATCH])
        taken, count = min(taken + BATCH, len(order)), count + len(files)
        for name, signature in signatures.items() if files else ():
            answer = signature(image_bytes=tf.constant(files))
            right[name] += int(np.sum(accuracy.right(answer["probabilities"].numpy(), classes)))
            nfe[name].extend(answer["nfe"].numpy() if "nfe" in answer else [])
    if not count:
        raise ValueError(f"None of {taken:,} pictures can be read, so that no accuracy can be measured.")
    rows = [Row(name, _mean(nfe[name]), times[name], 100 * right[name] / count) for name in signatures]
    return Measured(rows, count, len(order), taken - count)


def _mean(counts):
    return None if counts is None or not len(counts) else float(np.mean(counts))


def _read(data, rows):
    """The bytes of the pictures that can be read, and their classes."""
    files, classes = list[bytes](), []
    for row in rows:
        with contextlib.suppress(ValueError, OSError):
            files.append(data.read(row))
            classes.append(data.classes[row])
    return files, np.array(classes)


def encoded(images: np.ndarray) -> np.ndarray:
    """uint8 RGB pictures as the bytes of files without loss."""
    return np.array([tf.io.encode_png(image).numpy() for image in images], object)


def latencies(calls: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """Median milliseconds of each call, which take turns: what else the machine does slows all alike."""
    times: list[list[float]] = []
    end = time.perf_counter() + SECONDS * len(calls)
    while len(times) < 3 or (len(times) < CALLS + 2 and time.perf_counter() < end):
        times.append([_seconds(call) for call in calls.values()])
    medians = (1000 * statistics.median(each) for each in zip(*times[2:], strict=True))
    return dict(zip(calls, medians, strict=True))


def _seconds(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
