"""The central part of a picture file at a model's size, by Pillow alone: the same pixels on every backend."""

import math
import os
from collections.abc import Mapping

import numpy as np
from PIL import Image

from zoo import _check
from zoo.data import decoding

INTERPOLATIONS: Mapping[str, Image.Resampling] = {
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
}
"""The ways to resize, antialiased, by name."""


def read(
    path: str | os.PathLike[str],
    size: tuple[int, int],
    channels: int = 3,
    crop: float = 1.0,
    interpolation: str = "bilinear",
) -> np.ndarray:
    """The centre of a picture at a model's size.

    The shorter side is resized to ``size / crop`` and the centre of that size taken; both in one step, so that a long
    and narrow picture takes no more memory than any other.

    Args:
        path: See ``zoo.data.pictures.read``.
        size: ``(height, width)`` of the model.
        channels: 3, or 1 for a model of grey pictures. Defaults to ``3``.
        crop: Share of the shorter side that is kept, in (0, 1]. Defaults to ``1.0``.
        interpolation: ``"bilinear"`` (the default) or ``"bicubic"``, antialiased.

    Returns:
        uint8 ``(height, width, channels)``.

    Raises:
        ValueError: See ``zoo.data.pictures.read``; or an unknown interpolation.
    """
    with decoding.opened(path) as picture:
        return of(picture, size, channels, crop, interpolation)


def of(
    picture: Image.Image,
    size: tuple[int, int],
    channels: int = 3,
    crop: float = 1.0,
    interpolation: str = "bilinear",
) -> np.ndarray:
    """The centre of a picture that is decoded, as ``read``."""
    resampling = INTERPOLATIONS[_check.known(interpolation, INTERPOLATIONS, "interpolation")]
    scale = crop * min(picture.height / size[0], picture.width / size[1])
    high, wide = scale * size[0], scale * size[1]
    left, top = (picture.width - wide) / 2, (picture.height - high) / 2
    return resized(picture, (left, top, left + wide, top + high), size, channels, resampling)


def resized(
    picture: Image.Image,
    box: tuple[float, float, float, float],
    size: tuple[int, int],
    channels: int,
    resampling: Image.Resampling,
) -> np.ndarray:
    """The part of a picture within ``(left, top, right, bottom)``, fractions of pixels included, as uint8 at a size."""
    left, top = int(box[0]), int(box[1])
    right = max(min(math.ceil(box[2]), picture.width), left + 1)
    bottom = max(min(math.ceil(box[3]), picture.height), top + 1)
    part = decoding.rgb(picture.crop((left, top, right, bottom)))
    inner = (
        max(box[0] - left, 0.0),
        max(box[1] - top, 0.0),
        min(box[2] - left, float(part.width)),
        min(box[3] - top, float(part.height)),
    )
    image = part.resize((size[1], size[0]), resampling, box=inner)
    return np.asarray(image if channels == 3 else image.convert("L")).reshape(*size, channels)
