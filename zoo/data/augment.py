"""Augmentation as a function of the random generator it is given; whole batches at once."""

import numpy as np


def flip_and_crop(
    images: np.ndarray, generator: np.random.Generator, padding: int = 4, flip: bool = True
) -> np.ndarray:
    """Mirror half of the images, if ``flip``, and shift each by up to ``padding`` pixels, black outside.

    The augmentation of He et al. (2016, arXiv:1512.03385, §4.2): pad each side, crop the original
    size at a random place, mirror left-right with probability 1/2.

    Args:
        images: ``(batch, height, width, channels)``, any dtype.
        generator: ``numpy.random.Generator``; the result is a function of its state.
        padding: Pixels of zeros on each side. Defaults to ``4``.
        flip: Whether to mirror. Defaults to ``True``.

    Returns:
        A new array of the same shape and dtype.
    """
    batch, height, width, _ = images.shape
    padded = np.pad(images, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    top, left = generator.integers(0, 2 * padding + 1, (2, batch, 1))
    rows = top + np.arange(height)
    columns = left + np.arange(width)
    if flip:
        mirrored = generator.random((batch, 1)) < 0.5
        columns = np.where(mirrored, columns[:, ::-1], columns)
    return padded[np.arange(batch)[:, None, None], rows[:, :, None], columns[:, None, :]]
