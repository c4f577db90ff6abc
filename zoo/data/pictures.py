"""Pictures from files to a model's input: the one way that ``predict``, ``evaluate`` and export share."""

import glob
import os
import pathlib
import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageOps

if TYPE_CHECKING:
    import keras

SUFFIXES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp")
"""What counts as a picture when a folder is searched."""

FORMATS = ("PNG", "JPEG", "GIF", "BMP", "DIB", "WEBP", "TIFF", "PPM")
"""Pillow's names of the formats that are read, whatever a file is called; none of them runs another program."""

SIXTEEN_BIT = ("I", "I;16", "I;16L", "I;16B", "I;16N")
"""Pillow's names for 16-bit grey."""


def find(paths: Iterable[str | os.PathLike[str]]) -> list[pathlib.Path]:
    """The files meant by paths, folders and glob patterns, in the order given.

    A folder gives the pictures in it and below, sorted. A path or pattern that matches nothing, or a
    folder without pictures, is returned as it is, so that reading it says so.

    Args:
        paths: Each a file, a folder or a pattern such as ``"flowers/*.jpg"``; ``~`` is the home folder.

    Returns:
        The paths of the files; a file that is meant twice is there twice.
    """
    found: list[pathlib.Path] = []
    for path in (os.path.expanduser(os.fspath(each)) for each in paths):
        matches = [path] if os.path.lexists(path) else sorted(glob.glob(path, recursive=True))
        for match in matches or [path]:
            found += _inside(pathlib.Path(match)) or [pathlib.Path(match)]
    return found


def _inside(folder: pathlib.Path) -> list[pathlib.Path]:
    if not folder.is_dir():
        return []
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES and not p.is_dir())


def read(path: str | os.PathLike[str]) -> np.ndarray:
    """A picture file as uint8 RGB, ``(height, width, 3)``.

    PNG, JPEG, GIF, BMP, WebP, TIFF and PPM of any mode and up to about 179 million pixels (Pillow's guard
    against decompression bombs): 16-bit grey is scaled to 8 bits, transparency laid on white, the
    first frame of an animation taken, and the picture turned as its EXIF orientation says.

    Raises:
        ValueError: No such file, a folder without pictures, or not a readable picture; the message says which.
    """
    if os.path.isdir(path):
        raise ValueError(f"no pictures ({', '.join(SUFFIXES)}) in this folder")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path, formats=FORMATS) as file:
                return np.asarray(_rgb(_upright(file)))
    except FileNotFoundError:
        raise ValueError("no such file") from None
    except Exception as error:  # Pillow's decoders raise a dozen kinds for a damaged file
        raise ValueError(f"not a readable picture: {' '.join(str(error).split())}") from error


def _upright(picture: Image.Image) -> Image.Image:
    picture.load()
    try:
        return ImageOps.exif_transpose(picture)
    except Exception:  # damaged EXIF data says nothing about the pixels
        return picture


def _rgb(picture: Image.Image) -> Image.Image:
    if picture.mode in SIXTEEN_BIT:
        values = np.clip(np.asarray(picture, np.float64), 0, 65535)
        clear = values == picture.info.get("transparency")
        picture = Image.fromarray(np.where(clear, 255, np.round(values / 257)).astype(np.uint8))
    if "A" in picture.getbands() or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    return picture.convert("RGB")


def fit(images: "np.ndarray | keras.KerasTensor", size: tuple[int, int], channels: int = 3) -> "keras.KerasTensor":
    """Bring pictures of any size to a model's: the centre crop of that shape, resized.

    The shorter side decides, as with a resize of the shorter side and a centre crop. Bilinear, antialiased.

    Args:
        images: uint8 or float 0..255, ``(height, width, 3)`` or ``(batch, height, width, 3)``; an array or a tensor.
        size: ``(height, width)`` of the model.
        channels: 3, or 1 for a model of grey pictures: luminance by ITU-R BT.601. Defaults to ``3``.

    Returns:
        A float32 tensor 0..255 of the backend, ``(height, width, channels)`` or ``(batch, height, width, channels)``.
    """
    import keras

    images = keras.ops.cast(images, "float32")
    if channels == 1:
        luminance = keras.ops.convert_to_tensor([0.299, 0.587, 0.114], "float32")
        images = keras.ops.sum(images * luminance, axis=-1, keepdims=True)
    return keras.ops.image.resize(
        images,
        size,
        interpolation="bilinear",
        antialias=True,
        crop_to_aspect_ratio=True,
        data_format="channels_last",
    )
