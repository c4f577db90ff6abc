"""Pictures as users have them, made into what a model takes."""

import os
from typing import Any

import keras
import numpy as np

from zoo.applications import preprocessing
from zoo.data import pictures
from zoo.data.scale import warn_of_scale

CHUNK = 500
"""Pictures that are resized at once."""


def fitted(model: keras.Model, images: Any) -> np.ndarray:
    """Raw pictures or picture files as one array of the model's size, ``(n, height, width, channels)``.

    Args:
        model: A model for pictures of one size.
        images: Numbers 0..255, ``(n, height, width)``, ``(n, height, width, 1 or 3)`` or one picture
            ``(height, width, 1 or 3)``, of any size; or the path of a picture file, or a list of paths. They are
            brought to the model's size as ``zoo.applications.preprocessing`` says.

    Raises ``ValueError`` if they are neither, there are none, or a file cannot be read.
    """
    _, height, width, channels = model.input_shape
    way = preprocessing(model)
    brought = (height, width), channels, way.crop, way.interpolation
    if isinstance(images, str | os.PathLike):
        images = [images]
    if isinstance(images, list | tuple) and images and all(isinstance(each, str | os.PathLike) for each in images):
        return np.stack([pictures.read_fitted(path, *brought) for path in images])
    images = np.asarray(images)
    if images.ndim == 3:
        images = images[None] if images.shape[-1] in (1, 3) else images[..., None]
    if (
        not np.issubdtype(images.dtype, np.number)
        or images.ndim != 4
        or images.shape[3] not in (1, 3)
        or not images.size
    ):
        raise ValueError(
            "Expected raw pictures 0..255, (n, height, width[, 1 or 3]), all of one size, or paths of picture files. "
            f"Received: {images.dtype} {images.shape}."
        )
    warn_of_scale(images)
    if images.shape[1:] == (height, width, channels):
        return images
    images = np.repeat(images, 3, axis=3) if images.shape[3] == 1 else images
    parts = [images[start : start + CHUNK] for start in range(0, len(images), CHUNK)]
    resized = [pictures.fit(part, *brought) for part in parts]
    return np.concatenate([keras.ops.convert_to_numpy(part) for part in resized])
