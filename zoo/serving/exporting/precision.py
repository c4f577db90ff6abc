"""The numbers that a file computes in: float32, weights in float16, or int8 with ranges measured on pictures."""

import dataclasses
import os
import pathlib
from typing import Any

import numpy as np

from zoo import _check
from zoo.data import finding, pictures
from zoo.serving.exporting import compare
from zoo.serving.exporting.classifier import Classifier

PRECISIONS = {
    "saved_model": ("float32",),
    "onnx": ("float32", "int8"),
    "openvino": ("float32", "int8"),
    "litert": ("float32", "float16", "int8"),
}
"""What each format can be written in."""
ALLOWED = {"float32": compare.ALLOWED, "float16": 2e-2, "int8": np.inf}
"""Largest difference of a probability from the Keras model's; in int8 the first classes are compared instead."""
MOST = 512
"""Pictures that the ranges are measured on, evenly from those that are given."""


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
        calibration: Raw pictures of the model's size; or the path of an ``.npz`` file with them, as ``x_train``,
            ``x_test`` or alone, or of a folder with pictures of any size in it and below; ``None`` but for int8.
        served: The classifier.

    Raises:
        ValueError: The format has no such precision; int8 has no pictures, or there are some without it; or they are
            not of the model's shape, or a file in the folder cannot be read.
        FileNotFoundError: There is no such file or folder.
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
            f"(pictures, {', '.join(map(str, shape))}), or a folder or an .npz file with them (--data PATH). "
            "Some hundred will do."
        )
    images = _read(calibration, shape) if isinstance(calibration, str | os.PathLike) else np.asarray(calibration)
    if images.shape[1:] != shape or not len(images):
        raise ValueError(
            f"Expected pictures of shape (pictures, {', '.join(map(str, shape))}) to calibrate on. "
            f"Received: {images.shape}."
        )
    return Precision(name, images[_evenly(images)].astype(served.model.inputs[0].dtype))


def _read(path, shape):
    path = pathlib.Path(path).expanduser()
    if path.is_dir():
        files = finding.find([path])
        if files == [path]:
            raise ValueError(f"Expected a folder with pictures in it or below. Received none in {path}.")
        height, width, channels = shape
        return np.stack([pictures.read_fitted(files[n], (height, width), channels) for n in _evenly(files)])
    with np.load(path) as arrays:
        names = [each for each in ("x_train", "x_test", *arrays.files) if each in arrays.files]
        if not names:
            raise ValueError(f"Expected an .npz file with pictures, such as x_train. Received none in {path}.")
        return arrays[names[0]]


def _evenly(values):
    """The places of at most ``MOST`` of them."""
    return np.linspace(0, len(values) - 1, min(MOST, len(values))).astype(int)
