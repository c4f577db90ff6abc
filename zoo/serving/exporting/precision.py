"""The numbers that a file computes in: float32, weights in float16, or int8 with ranges measured on pictures."""

import dataclasses
import os
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from zoo import _check
from zoo.serving.exporting import compare
from zoo.serving.exporting.classifier import Classifier
from zoo.serving.exporting.labelled import Labelled

PRECISIONS = {
    "saved_model": ("float32",),
    "onnx": ("float32", "int8"),
    "openvino": ("float32", "int8"),
    "litert": ("float32", "float16", "int8"),
}
"""What each format can be written in."""
ALLOWED = {"float32": compare.ALLOWED, "float16": 2e-2, "int8": np.inf}
"""Largest difference of a probability from the Keras model's; in int8 the first classes are compared instead."""
AGREEMENT = 0.9
"""Smallest share of the pictures for the ranges on which an int8 file must name the Keras model's first class."""
MOST = 512
"""Pictures that the ranges are measured on, evenly from those that are given."""
BATCH = 100
"""Pictures at once where classes are compared."""


@dataclasses.dataclass(frozen=True)
class Precision:
    """One of ``PRECISIONS``, and the pictures that the ranges of int8 are measured on, as the model takes them."""

    name: str = "float32"
    pictures: np.ndarray | None = None

    def batches(self) -> list[np.ndarray]:
        """The pictures one by one, as calibration takes them."""
        return [] if self.pictures is None else [self.pictures[n : n + 1] for n in range(len(self.pictures))]


def precision(name: str, to: str, calibration: Any, served: Classifier) -> Precision:
    """What is asked for.

    Args:
        name: Of the precision.
        to: The format.
        calibration: Raw pictures of the model's size, or the path of an ``.npz`` file with them, as ``x_train``,
            ``x_test`` or alone; ``None`` but for int8.
        served: The classifier.

    Raises:
        ValueError: The format has no such precision; int8 has no pictures, or there are some without it; or they are
            not of the model's shape.
        FileNotFoundError: There is no such file.
    """
    _check.known(name, PRECISIONS[to], f"precision of {to}")
    if name != "int8" and calibration is not None:
        raise ValueError(f"Only precision='int8' is calibrated. Received pictures and precision={name!r}.")
    if name != "int8":
        return Precision(name)
    shape = tuple(served.model.input_shape[1:])
    if calibration is None:
        raise ValueError(
            "int8 needs pictures to measure the ranges of numbers on: give calibration=, raw 0..255 of shape "
            f"(pictures, {', '.join(map(str, shape))}), or an .npz file with them (--data FILE). Some hundred will do."
        )
    pictures = _read(calibration) if isinstance(calibration, (str, os.PathLike)) else np.asarray(calibration)
    if pictures.shape[1:] != shape or not len(pictures):
        raise ValueError(
            f"Expected pictures of shape (pictures, {', '.join(map(str, shape))}) to calibrate on. "
            f"Received: {pictures.shape}."
        )
    chosen = pictures[np.linspace(0, len(pictures) - 1, min(MOST, len(pictures))).astype(int)]
    return Precision(name, chosen.astype(served.model.inputs[0].dtype))


def _read(path):
    with np.load(os.path.expanduser(path)) as arrays:
        names = [each for each in ("x_train", "x_test", *arrays.files) if each in arrays.files]
        if not names:
            raise ValueError(f"Expected an .npz file with pictures, such as x_train. Received none in {path}.")
        return arrays[names[0]]


def report(
    served: Classifier,
    run: Callable[[np.ndarray], np.ndarray],
    of: Precision,
    data: Labelled | None,
) -> str:
    """What the README says of an int8 file: how often its first class is the Keras model's, and top-1 of both.

    Args:
        served: The classifier.
        run: The file, from pictures to probabilities.
        of: Its precision; the text is empty unless it is int8.
        data: Pictures with classes to measure top-1 on, or ``None``.

    Raises ``RuntimeError`` if it agrees on fewer pictures than ``AGREEMENT``.
    """
    if of.pictures is None:
        return ""
    agrees = float(np.mean(_first(run, of.pictures) == _first(_model(served), of.pictures)))
    if agrees < AGREEMENT:
        raise RuntimeError(
            f"In int8 {served.model.name} has the Keras model's first class on {agrees:.1%} of the pictures that its "
            f"ranges are of. Expected: at least {AGREEMENT:.0%}. Not kept. Export it in float32."
        )
    text = f"\n\nIt computes in int8. On the {len(of.pictures)} pictures for its ranges it agrees on {agrees:.1%}."
    if data is None:
        return f"{text} Top-1 is not measured: `--data` gives pictures with classes."
    right = np.zeros(2, int)
    for start in range(0, len(data.classes), BATCH):
        classes = data.classes[start : start + BATCH]
        images = _pictures(served, data, range(start, start + len(classes)))
        right += [int(np.sum(np.argmax(each(images), axis=1) == classes)) for each in (run, _model(served))]
    own, base = 100 * right / len(data.classes)
    return (
        f"{text} Top-1 on {len(data.classes):,} pictures: {own:.2f} %, of the Keras model {base:.2f} %: "
        f"{own - base:+.2f}."
    )


def _pictures(served, data, rows):
    """Pictures as the model takes them."""
    decoded = [tf.io.decode_image(data.read(row), channels=3, expand_animations=False).numpy() for row in rows]
    return np.concatenate([compare.fitted(served, image[None]) for image in decoded])


def _model(served):
    return lambda images: keras.ops.convert_to_numpy(served.model(images, training=False))


def _first(run, images):
    starts = range(0, len(images), BATCH)
    return np.concatenate([np.argmax(run(images[start : start + BATCH]), axis=1) for start in starts])
