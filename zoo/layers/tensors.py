"""What the annotations of layers mean by a tensor and a shape."""

from collections.abc import Sequence
from typing import Any

Tensor = Any
"""A tensor of the backend, a NumPy array or a symbolic tensor: Keras takes each and has no type for them."""

Shape = Sequence[Any]
"""The shape of a tensor, batch axis included: integers, and ``None`` where it is open."""
