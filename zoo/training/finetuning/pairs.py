"""Pictures with labels as users have them, made into what the trunk takes: checked, of its size, with class numbers."""

from typing import Any

import keras
import numpy as np

from zoo.data import pictures

CHUNK = 500
"""Pictures that are resized at once."""


def fitted(data: Any, input_shape: tuple[int, ...], classes: int, name: str = "data") -> tuple[np.ndarray, np.ndarray]:
    """A pair of arrays ``(images, labels)`` as uint8 pictures of the model's size and int32 class numbers.

    Args:
        data: The pair; see ``zoo.finetune`` for what its parts may be.
        input_shape: ``(batch, height, width, channels)`` of the model.
        classes: How many classes there are.
        name: What the errors call the pair.

    Raises ``ValueError`` that says what does not fit.
    """
    try:
        images, labels = (np.asarray(part) for part in data)
    except (TypeError, ValueError):
        raise ValueError(
            f"{name} must be a pair of arrays (images, labels) or a batched tf.data.Dataset of such pairs, the images "
            f"all of one size. Received: {type(data).__name__}."
        ) from None
    images = images[..., None] if images.ndim == 3 else images
    numbers = _numbers(labels, classes, name)
    if images.ndim != 4 or images.shape[3] not in (1, 3) or numbers.shape != (len(images),) or not len(images):
        raise ValueError(
            f"Expected images (n, height, width[, 1 or 3]) and n labels in {name}, n at least 1. "
            f"Received images {images.shape}, labels {labels.shape}."
        )
    if not np.issubdtype(images.dtype, np.number) or not 0 <= images.min() <= images.max() <= 255:  # nor NaN
        found = f"{images.min():g} to {images.max():g}" if np.issubdtype(images.dtype, np.number) else images.dtype
        raise ValueError(f"The images of {name} must be raw pictures, 0..255. Received: {found}.")
    return _pictures(images, input_shape), numbers


def check_scale(greatest: float, dtype: np.dtype, name: str = "data") -> None:
    """Raise ``ValueError`` if the largest value of pictures looks as if they had been divided by 255."""
    if np.issubdtype(dtype, np.floating) and 0 < greatest <= 1:
        raise ValueError(
            f"The images of {name} must be raw pictures, 0..255. Received: numbers up to {greatest:g}, as if they were "
            "divided by 255. Leave that out: the model does it itself."
        )


def _numbers(labels: np.ndarray, classes: int, name: str) -> np.ndarray:
    """Class numbers ``(n,)`` from numbers ``(n,)`` or ``(n, 1)``, or from one-hot rows ``(n, classes)``."""
    if labels.ndim == 2 and labels.shape[1] != 1:
        one_hot = np.isin(labels, (0, 1)).all() and (labels.sum(axis=1) == 1).all()
        if labels.shape[1] != classes or not one_hot:
            raise ValueError(
                f"One-hot labels must be rows of {classes} zeros with a single 1, for classes={classes}. "
                f"Received in {name}: labels {labels.shape}{'' if one_hot else ' with other rows'}."
            )
        return labels.argmax(axis=1).astype(np.int32)
    labels = labels[:, 0] if labels.ndim == 2 else labels
    whole = np.issubdtype(labels.dtype, np.integer)
    if labels.size and (not whole or labels.min() < 0 or labels.max() >= classes):
        raise ValueError(
            f"Labels must be whole numbers in 0..{classes - 1}, or one-hot rows. "
            f"Received in {name}: {np.unique(labels)[:20]} ({labels.dtype})."
        )
    return labels.astype(np.int32)


def _pictures(images: np.ndarray, input_shape: tuple[int, ...]) -> np.ndarray:
    _, height, width, channels = input_shape
    parts = []
    for start in range(0, len(images), CHUNK):
        part = images[start : start + CHUNK]
        part = np.repeat(part, 3, axis=3) if part.shape[3] == 1 else part
        parts.append(keras.ops.convert_to_numpy(pictures.fit(part, (height, width), channels)))
    return np.round(np.concatenate(parts)).astype(np.uint8)
