"""The random crop of Inception's training, of one picture."""

import math

import numpy as np
from PIL import Image

from zoo.data import decoding, sources

AREA = (0.08, 1.0)
"""Smallest and largest share of the picture that a crop keeps."""
RATIO = (3 / 4, 4 / 3)
"""Smallest and largest width over height of a crop."""
TRIES = 10


def box(
    height: int, width: int, generator: np.random.Generator, area: tuple[float, float] = AREA
) -> tuple[float, float, float, float]:
    """``(left, top, right, bottom)`` of a random crop.

    Share of the area uniform in ``area``, logarithm of width over height uniform between those of 3/4 and 4/3, place
    uniform among those within the picture; what does not fit is drawn again, and after ten tries the largest centre
    crop with a ratio in that range is taken.

    Args:
        height, width: Of the picture.
        generator: ``numpy.random.Generator``; the result is a function of its state.
        area: Smallest and largest share. Defaults to ``(0.08, 1.0)``.

    Source: Szegedy et al. (2015, arXiv:1409.4842, §6); 8 % and the ratios are theirs.
    """
    for _ in range(TRIES):
        share = generator.uniform(*area) * height * width
        ratio = math.exp(generator.uniform(math.log(RATIO[0]), math.log(RATIO[1])))
        wide, high = round(math.sqrt(share * ratio)), round(math.sqrt(share / ratio))
        if 0 < wide <= width and 0 < high <= height:
            left, top = generator.integers(0, width - wide + 1), generator.integers(0, height - high + 1)
            return float(left), float(top), float(left + wide), float(top + high)
    ratio = min(max(width / height, RATIO[0]), RATIO[1])
    broad, tall = min(width, height * ratio), min(height, width / ratio)
    return (width - broad) / 2, (height - tall) / 2, (width + broad) / 2, (height + tall) / 2


def crop(
    source: "sources.Pictures",
    row: int,
    size: tuple[int, int],
    channels: int,
    generator: np.random.Generator,
    area: tuple[float, float] = AREA,
    flip: bool = True,
) -> tuple[np.ndarray, int]:
    """A random part of a picture at a size, bilinear and antialiased, mirrored with probability 1/2 if ``flip``.

    Args:
        source, row: Whose picture, and which.
        size: ``(height, width)``.
        channels: 3, or 1 for grey.
        generator, area: See ``box``.
        flip: Whether to mirror. Defaults to ``True``.

    Returns:
        The picture, uint8 ``(height, width, channels)``, and its class number.

    Raises ``ValueError`` if the picture cannot be read.
    """
    with source.opened(row) as (picture, number):
        chosen = box(picture.height, picture.width, generator, area)
        image = _resized(picture, chosen, size, channels)
    return image[:, ::-1] if flip and generator.random() < 0.5 else image, number


def _resized(
    picture: Image.Image,
    box: tuple[float, float, float, float],
    size: tuple[int, int],
    channels: int,
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
    image = part.resize((size[1], size[0]), Image.Resampling.BILINEAR, box=inner)
    return np.asarray(image if channels == 3 else image.convert("L")).reshape(*size, channels)
