"""The weight file of a release."""

import hashlib
from typing import Any

import keras

from zoo.weights import Digest, File, file, keys
from zoo.weights.locations import SUFFIX


def packed(model: keras.Model, header: dict[str, Any]) -> tuple[File, bytes]:
    """The weight file of a release, which bears the first digits of its checksum in its name, and its content.

    Args:
        model: With the weights.
        header: What the file says of itself; ``name`` is that of the release.
    """
    content = file.packed(keys.arrays_of(model), header)
    digest = hashlib.sha256(content).hexdigest()
    return File(f"{header['name']}-{digest[:8]}{SUFFIX}", len(content), Digest("sha256", digest)), content
