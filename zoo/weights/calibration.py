"""What is known of a classifier's confidence, and the temperature that corrects it."""

import dataclasses
import math

import numpy.typing as npt

from zoo.numerics import calibration

HELD_OUT = "held-out"
CROSS_FIT = "cross-fit on test"
LEAST = 100
"""Pictures below which no temperature is fitted."""


@dataclasses.dataclass(frozen=True)
class Calibration:
    """The temperature T of ``softmax(z / T)`` and what it does.

    Attributes:
        temperature: T, fitted to all n pictures; 1 if temperatures of halves do not help the other half.
        ece_before, ece_after: Expected calibration error with 15 bins, before and after.
        nll_before, nll_after: Negative log-likelihood in nats, before and after.
        how: ``"held-out"``: fitted to pictures that were not trained on. ``"cross-fit on test"``: to the test set.
        n: How many pictures.

    What is measured "after" is always of temperatures that two halves of the pictures lend each other, so that none has
    seen its own class. Raises ``ValueError`` for figures that are none, or another ``how``.
    """

    temperature: float
    ece_before: float
    ece_after: float
    nll_before: float
    nll_after: float
    how: str
    n: int

    def __post_init__(self) -> None:
        figures = (self.temperature, self.ece_before, self.ece_after, self.nll_before, self.nll_after)
        if not all(isinstance(each, int | float) and math.isfinite(each) for each in figures) or self.temperature <= 0:
            raise ValueError(f"A calibration needs finite figures and a positive temperature. Received: {self}.")
        if self.how not in (HELD_OUT, CROSS_FIT):
            raise ValueError(f"how must be {HELD_OUT!r} or {CROSS_FIT!r}. Received: how={self.how!r}.")

    @classmethod
    def fitted(cls, probabilities: npt.ArrayLike, labels: npt.ArrayLike, how: str) -> "Calibration":
        """That of the probabilities for pictures with these class numbers, ``(n, classes)`` and ``(n,)``."""
        crossed = calibration.cross_fitted(probabilities, labels)
        temperature = calibration.temperature_of(probabilities, labels)
        ece = [calibration.ece(each, labels) for each in (probabilities, crossed)]
        nll = [calibration.nll(each, labels) for each in (probabilities, crossed)]
        if nll[1] >= nll[0]:  # nothing to correct that the other half confirms
            temperature, ece[1], nll[1] = 1.0, ece[0], nll[0]
        temperature, *rest = (float(f"{value:.4g}") for value in (temperature, *ece, *nll))
        return cls(temperature, rest[0], rest[1], rest[2], rest[3], how, len(crossed))
