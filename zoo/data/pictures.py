"""Pictures from files to a model's input: the one way that ``predict``, ``evaluate`` and export share."""

import os
from typing import Any

import numpy as np
from PIL import Image

from zoo.data import decoding
from zoo.data.centre import box as box

STRIP = 1_000_000
"""Pixels of a picture that are turned into RGB, and then into the model's width, at once."""

LUMINANCE = (0.299, 0.587, 0.114)
"""Of red, green and blue, by ITU-R BT.601."""


def read(path: str | os.PathLike[str]) -> np.ndarray:
    """A picture file as uint8 RGB, ``(height, width, 3)``.

    PNG, JPEG, GIF, BMP, WebP, TIFF and PPM of any mode and up to about 179 million pixels (twice Pillow's
    ``Image.MAX_IMAGE_PIXELS``): 16-bit grey is scaled to 8 bits, transparency laid on white, the first frame of an
    animation taken, and the picture turned as its EXIF orientation says.

    Raises:
        ValueError: No such file, a folder without pictures, no regular file, or not a readable picture; the message
            says which.
    """
    with decoding.opened(path) as picture:
        return np.asarray(decoding.rgb(picture))


def read_fitted(
    path: str | os.PathLike[str],
    size: tuple[int, int],
    channels: int = 3,
    crop: float = 1.0,
    interpolation: str = "bilinear",
) -> np.ndarray:
    """``fit`` of ``read(path)`` as an array, without the whole picture as RGB in memory.

    Args:
        path: See ``read``.
        size, channels, crop, interpolation: See ``fit``.

    Raises:
        ValueError: See ``read``.
    """
    with decoding.opened(path) as picture:
        return fitted(picture, size, channels, crop, interpolation)


def fitted(
    picture: Image.Image,
    size: tuple[int, int],
    channels: int = 3,
    crop: float = 1.0,
    interpolation: str = "bilinear",
) -> np.ndarray:
    """``fit`` of a decoded picture as a float32 array, a strip at a time: beside it that takes some ten megabytes.

    Args:
        picture: Of any mode.
        size, channels, crop, interpolation: See ``fit``.
    """
    import keras

    top, left, height, width = box(picture.height, picture.width, size, crop)
    rows = max(STRIP // width, 1)
    narrow = np.empty((height, size[1], 3), np.float32)
    for start in range(0, height, rows):
        end = min(start + rows, height)
        strip = np.asarray(decoding.rgb(picture.crop((left, top + start, left + width, top + end))))
        narrow[start:end] = keras.ops.convert_to_numpy(_resized(strip, (end - start, size[1]), interpolation))
    planes = [keras.ops.convert_to_numpy(_resized(narrow[..., i : i + 1], size, interpolation)) for i in range(3)]
    return keras.ops.convert_to_numpy(_grey(np.concatenate(planes, axis=-1), channels))


def fit(
    images: Any, size: tuple[int, int], channels: int = 3, crop: float = 1.0, interpolation: str = "bilinear"
) -> Any:
    """Bring pictures of any size to a model's: the centre crop of that shape, resized.

    The shorter side decides, as with a resize of the shorter side to ``size / crop`` and a centre crop. Antialiased. On
    TensorFlow uint8 pictures are resized as they are; no copy of the whole is made.

    Args:
        images: uint8 or float 0..255, ``(height, width, 3)`` or ``(batch, height, width, 3)``; an array or a tensor.
        size: ``(height, width)`` of the model.
        channels: 3, or 1 for a model of grey pictures: luminance by ITU-R BT.601. Defaults to ``3``.
        crop: Share of the shorter side that is kept, in (0, 1]; see ``zoo.applications.preprocessing``. Defaults to
            ``1.0``.
        interpolation: ``"bilinear"`` (the default) or ``"bicubic"``.

    Returns:
        A float32 tensor 0..255 of the backend, ``(height, width, channels)`` or ``(batch, height, width, channels)``.
    """
    import keras

    across = keras.ops.shape(images)
    top, left, height, width = box(across[-3], across[-2], size, crop)
    images = images[..., top : top + height, left : left + width, :]
    return _grey(_resized(images, size, interpolation), channels)


def _resized(images, size, interpolation):
    """Antialiased, as float32 within 0..255, which bicubic weights would leave."""
    import keras

    if keras.backend.backend() == "tensorflow":  # takes uint8 as it is, and reduces one axis after the other
        import tensorflow as tf

        small = tf.cast(tf.image.resize(images, size, interpolation, antialias=True), tf.float32)
    else:
        whole = keras.ops.cast(images, "float32")
        small = keras.ops.image.resize(whole, size, interpolation, antialias=True, data_format="channels_last")
    return small if interpolation == "bilinear" else keras.ops.clip(small, 0, 255)


def _grey(images, channels):
    import keras

    if channels != 1:
        return images
    luminance = keras.ops.convert_to_tensor(LUMINANCE, "float32")
    return keras.ops.sum(images * luminance, axis=-1, keepdims=True)
