"""How a name of a model or of weights is told from a path."""

import os
from typing import Any

SUFFIX = ".safetensors"
SUFFIXES = (SUFFIX, ".weights.h5", ".keras")
"""What files of weights end in."""


def is_path(name: Any) -> bool:
    """Whether the name of a model or of weights is meant as a path: it looks like one, or is a folder."""
    text = os.fspath(name)
    return isinstance(name, os.PathLike) or os.sep in text or text.endswith(SUFFIXES) or os.path.isdir(text)
