"""Guidance without a classifier: how much a class is exaggerated, and when."""

import math
from typing import Any, NamedTuple

from keras import ops

from zoo.layers.tensors import Tensor


class Guidance(NamedTuple):
    """``v = v_null + w(t) (v_class − v_null)`` with w(t) = ``weight`` where ``start`` ≤ t < ``stop``, and 1 elsewhere.

    Exaggerated near the noise, a class becomes its few most typical points, and near the points themselves little
    changes any more: so a large weight between the two makes samples that are of their class and still differ.

    Example: ``flow.sample(16, condition=7, guidance=Guidance(2.0, 0.2, 0.8))``

    Source: Ho and Salimans (2022, arXiv:2207.12598), equation 6, with a weight one less than ours; Kynkäänniemi et al.
    (2024, arXiv:2404.07724) for the interval, there of noise levels.

    Attributes:
        weight: 1 is no guidance, 0 no class.
        start, stop: Times of the flow, between that of the noise and that of the points (0 and 1 if nothing else is
            asked for). Default to −∞ and ∞: always.
    """

    weight: float
    start: float = -math.inf
    stop: float = math.inf

    @classmethod
    def of(cls, value: Any) -> "Guidance":
        """The guidance that is meant by a number, ``(weight, start, stop)`` or text, ``"2"`` or ``"2:0.2:0.8"``.

        Raises ``ValueError`` if it is none of them, the weight is not finite, or the times do not ascend.
        """
        parts = value.split(":") if isinstance(value, str) else value
        parts = parts if isinstance(parts, tuple | list) else (parts,)
        try:
            weight, *times = (math.nan if isinstance(part, bool) else float(part) for part in parts)
        except (TypeError, ValueError):
            weight, times = math.nan, []
        if not math.isfinite(weight) or len(times) not in (0, 2) or (times and not times[0] < times[1]):
            raise ValueError(
                "guidance must be a finite number, or one and the times from and until which it holds, in this order: "
                f"2 or (2, 0.2, 0.8), 2:0.2:0.8 in a command. Received: {value!r}."
            )
        return cls(weight, *times)

    @property
    def always(self) -> bool:
        """Whether it holds at all times."""
        return (self.start, self.stop) == (-math.inf, math.inf)

    def over(self, null: int | None) -> "Guided | None":
        """With the number of the null class; ``None`` where there is nothing to exaggerate."""
        return None if null is None or self.weight == 1 else Guided(self, null)

    def at(self, t: Tensor) -> Tensor:
        """w(t)."""
        inside = ops.logical_and(t >= self.start, t < self.stop)
        return ops.where(inside, self.weight, 1.0)

    def __str__(self) -> str:
        return f"{self.weight:g}" if self.always else f"{self.weight:g}:{self.start:g}:{self.stop:g}"


class Guided(NamedTuple):
    """How much a class is exaggerated, and the number of the null class."""

    guidance: Guidance
    null: int
