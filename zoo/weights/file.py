"""Weight files: safetensors, with what they are in the header. Needs NumPy alone."""

import json
import os
from collections.abc import Mapping
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy

from zoo.data import files
from zoo.weights.locations import SUFFIX

FORMAT = 1
"""Version of the header and of the rule that names tensors."""

HEADER = "zoo"
"""The one key of the file's metadata; its value is JSON, so that equal content gives equal bytes."""


TYPES = {
    **{f"F{8 * size}": f"<f{size}" for size in (2, 4, 8)},
    **{f"I{8 * size}": f"<i{size}" for size in (1, 2, 4, 8)},
    **{f"U{8 * size}": f"<u{size}" for size in (1, 2, 4, 8)},
    "BOOL": "?",
}
NARROW = {"BF16": "bfloat16", "F8_E4M3": "float8_e4m3fn", "F8_E5M2": "float8_e5m2"}
"""The types of tensors that are read, as safetensors and NumPy or ml_dtypes call them."""


class FormatError(ValueError):
    """A file that is no weight file of this format."""


def packed(tensors: Mapping[str, np.ndarray], header: Mapping[str, Any]) -> bytes:
    """The content of a weight file.

    Args:
        tensors: Arrays by name.
        header: What the file says of itself (name, application, keywords, …): anything that JSON holds. The version of
            the format is added.
    """
    text = json.dumps({"format": FORMAT, **header}, sort_keys=True, ensure_ascii=False)
    arrays = {name: np.asarray(array, order="C") for name, array in tensors.items()}
    return safetensors.numpy.save(arrays, {HEADER: text})


def unpacked(content: bytes, source: str = "the file") -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The tensors and the header in the content of a weight file.

    Args:
        content: The whole file, as it was checked.
        source: What the message of an error calls it.

    Raises ``FormatError`` if it is no safetensors file, or one of a later version of the format. A file that another
    program wrote has the header ``{}``.
    """
    try:
        tensors = {name: _array(name, **entry) for name, entry in safetensors.deserialize(content)}
        length = int.from_bytes(content[:8], "little")
        metadata = json.loads(content[8 : 8 + length]).get("__metadata__", {})
        header = json.loads(metadata.get(HEADER, "{}"))
    except (safetensors.SafetensorError, ValueError, TypeError, RecursionError) as error:
        raise FormatError(f"{source} is not a readable {SUFFIX} file: {error}.") from None
    if not isinstance(header, dict):
        raise FormatError(f"{source} is not a readable {SUFFIX} file: its header is no dictionary.")
    if header.get("format", FORMAT) != FORMAT:
        raise FormatError(
            f"{source} has version {header['format']!r} of the format, and this Zoo reads version {FORMAT}. "
            "Update Zoo, or convert the file with the version that wrote it."
        )
    return tensors, header


def _array(name, dtype, shape, data):
    """The tensor as NumPy has it; ml_dtypes has the types that NumPy has not."""
    if dtype in NARROW:
        import ml_dtypes

        kind = np.dtype(getattr(ml_dtypes, NARROW[dtype]))
    elif dtype in TYPES:
        kind = np.dtype(TYPES[dtype])
    else:
        raise ValueError(f"{name} is of type {dtype}. Expected one of {', '.join((*TYPES, *NARROW))}")
    return np.frombuffer(data, kind).reshape(shape)


def read(path: str | os.PathLike) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The tensors and the header of a weight file; raises as ``unpacked`` and ``zoo.data.files.content``."""
    return unpacked(files.content(path), str(path))
