"""From what a user has to the bytes that a served model reads."""

import os
from collections.abc import Sequence
from typing import Any

from zoo.data import encoding

Picture = Any
"""A path, the bytes of a picture file, or an array of pixels."""


def encoded(images: Sequence[Picture]) -> list[bytes]:
    """The pictures as bytes of files, turned, on white and in a format that every server reads.

    An array ``(batch, height, width)`` is grey pictures. Raises ``ValueError`` that names the picture which is none.
    """
    shape = getattr(images, "shape", None)
    single = shape is not None and (len(shape) == 2 or (len(shape) == 3 and shape[-1] in (1, 3)))
    if isinstance(images, (str, bytes, os.PathLike)) or single:
        raise ValueError(
            "Expected a sequence of pictures, or an array (batch, height, width, 3). Received one picture."
        )
    found = []
    for number, image in enumerate(images):
        try:
            found.append(_encoded(image))
        except (OSError, ValueError) as error:
            name = image if isinstance(image, (str, os.PathLike)) else f"picture {number}"
            raise ValueError(f"{name}: {error}") from error
    return found


def _encoded(image: Picture) -> bytes:
    if isinstance(image, (str, os.PathLike)):
        return encoding.of_file(image)
    if isinstance(image, (bytes, bytearray, memoryview)):
        return encoding.for_a_graph(bytes(image))
    return encoding.of_array(image)
