"""Picture files as they are stored, by Pillow."""

import contextlib
import os
import warnings
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageOps

from zoo.data import files
from zoo.data.finding import SUFFIXES

FORMATS = ("PNG", "JPEG", "GIF", "BMP", "DIB", "WEBP", "TIFF", "PPM")
"""Pillow's names of the formats that are read, whatever a file is called; none of them runs another program."""

SIXTEEN_BIT = ("I", "I;16", "I;16L", "I;16B", "I;16N")
"""Pillow's names for 16-bit grey."""


@contextlib.contextmanager
def opened(source: str | os.PathLike[str] | BinaryIO, most: int | None = None) -> Iterator[Image.Image]:
    """The picture of a file, by its path or open for reading, decoded and turned as its EXIF orientation says.

    One of more than ``most`` pixels, by default twice Pillow's ``MAX_IMAGE_PIXELS``, is not decoded. Raises
    ``ValueError`` as ``zoo.data.pictures.read``, also for what fails within the block.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with _file(source) as file, Image.open(file, formats=FORMATS) as picture:
                if most is not None and picture.width * picture.height > most:
                    raise Image.DecompressionBombError
                picture.load()
                with contextlib.suppress(Exception):  # damaged EXIF data says nothing about the pixels
                    ImageOps.exif_transpose(picture, in_place=True)
                yield picture
    except FileNotFoundError:
        raise ValueError("no such file") from None
    except IsADirectoryError:
        raise ValueError(f"no pictures ({', '.join(SUFFIXES)}) in this folder") from None
    except Image.DecompressionBombError:
        most = 2 * (Image.MAX_IMAGE_PIXELS or 0) if most is None else most
        raise ValueError(f"larger than {most:,} pixels, the most that is read; make it smaller first") from None
    except Exception as error:  # Pillow's decoders raise a dozen kinds for a damaged file
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())
        raise ValueError(f"not a readable picture: {reason}") from error


def _file(source):
    """The file, which is closed again if it was opened here."""
    if isinstance(source, (str, os.PathLike)):
        return files.opened(source)
    return contextlib.nullcontext(source)


def rgb(picture: Image.Image) -> Image.Image:
    """The picture as 8-bit RGB: 16-bit grey is scaled, and transparency lies on white."""
    if picture.mode in SIXTEEN_BIT:
        values = np.clip(np.asarray(picture, np.float64), 0, 65535)
        clear = values == picture.info.get("transparency")
        picture = Image.fromarray(np.where(clear, 255, np.round(values / 257)).astype(np.uint8))
    if "A" in picture.getbands() or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    return picture.convert("RGB")
