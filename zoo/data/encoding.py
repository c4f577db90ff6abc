"""Pictures as bytes that the graph of an exported model reads as Zoo would: what it cannot do is done here."""

import io
from typing import Any

import numpy as np
from PIL import Image

from zoo.data import decoding, files
from zoo.data.scale import warn_of_scale

LARGEST = 1 << 25
"""Pixels of the largest picture that an exported graph takes: its float copy has 400 MB."""
PLAIN = {"PNG": ("L", "RGB"), "JPEG": ("L", "RGB"), "BMP": ("RGB",)}
"""Formats and modes that the graph decodes as Pillow does."""
ORIENTATION = 0x0112
"""The EXIF tag."""


def for_a_graph(data: bytes) -> bytes:
    """The bytes of a picture file that TensorFlow reads as ``zoo.data.pictures.read`` reads these.

    A plain PNG, JPEG or BMP is sent as it is. Another one (WebP, TIFF, an animation, CMYK, 16 bits, transparency, or
    turned by its EXIF orientation) becomes a PNG of what is seen: turned, on white, its first frame, 8 bits.

    Raises:
        ValueError: It is no readable picture, or has more than 33,554,432 pixels, and is not decoded; the message says
            which.
    """
    with decoding.opened(io.BytesIO(data), LARGEST) as picture:
        turned = _orientation(data) not in (None, 1)
        if not turned and picture.mode in PLAIN.get(picture.format or "", ()) and not _more(picture):
            return data
        return _png(decoding.rgb(picture))


def of_array(image: Any) -> bytes:
    """The PNG of an array of pixels.

    Args:
        image: uint8 ``(height, width, 3)``, RGB, or ``(height, width)`` or ``(height, width, 1)``, grey; other numbers
            are taken if they are whole and from 0 to 255, with a warning if none is above 1.

    Raises:
        ValueError: Another shape, or numbers that are no pixels.
    """
    pixels = np.asarray(image)
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[..., 0]
    if pixels.ndim not in (2, 3) or (pixels.ndim == 3 and pixels.shape[2] != 3) or 0 in pixels.shape:
        raise ValueError(f"Expected a picture (height, width, 3) or (height, width). Received shape: {pixels.shape}.")
    if pixels.dtype != np.uint8:
        whole = np.round(pixels).clip(0, 255).astype(np.uint8)
        if not np.array_equal(whole, pixels):
            raise ValueError(
                "Expected pixels as whole numbers from 0 to 255: raw RGB, which the model normalises itself. Received "
                f"{pixels.dtype} from {pixels.min():.4g} to {pixels.max():.4g}; scale it back, or use uint8."
            )
        warn_of_scale(pixels)
        pixels = whole
    return _png(Image.fromarray(pixels))


def of_file(path: Any) -> bytes:
    """``for_a_graph`` of the bytes of a file; raises ``ValueError`` as it does, and ``OSError``."""
    return for_a_graph(files.content(path))


def _more(picture: Image.Image) -> bool:
    """Whether there is something beside the pixels: transparency, or further frames."""
    return "transparency" in picture.info or getattr(picture, "n_frames", 1) > 1


def _orientation(data: bytes) -> int | None:
    """What the EXIF data of a file say, which were taken from the picture when it was turned."""
    try:
        with Image.open(io.BytesIO(data), formats=decoding.FORMATS) as picture:
            return picture.getexif().get(ORIENTATION)
    except Exception:  # damaged EXIF data says nothing about the pixels
        return None


def _png(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG", compress_level=1)
    return file.getvalue()
