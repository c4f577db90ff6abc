"""Whether pictures look as if they had been divided by 255, which the models do themselves."""

import warnings
from typing import Any

import numpy as np


def warn_of_scale(images: Any, stacklevel: int = 3) -> None:
    """Warn if pictures look as if they had been divided by 255: the answers to them are wrong.

    Args:
        images: Pictures as numbers.
        stacklevel: Of the warning; 2 is the caller's line. Defaults to ``3``.
    """
    images = np.asarray(images)
    if np.issubdtype(images.dtype, np.floating) and images.size and 0 < np.max(images) <= 1:
        warnings.warn(
            f"Expected raw pictures, 0..255. Received: numbers up to {np.max(images):g}, as if they were divided by "
            "255. Leave that out: the model does it itself, and its answers to such pictures are mostly wrong.",
            stacklevel=stacklevel,
        )
