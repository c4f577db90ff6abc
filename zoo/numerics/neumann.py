"""The truncated Neumann series: PolyNet's backward Euler."""

import dataclasses

import numpy as np
import numpy.typing as npt

from zoo import _check
from zoo.numerics.stability import StabilityMatrix


@dataclasses.dataclass(frozen=True)
class NeumannSeries:
    """I + hF + (hF)² + … + (hF)ⁿ ≈ (I − hF)⁻¹, the step of backward Euler u⁺ = u + hF(u⁺) for linear F.

    The remainder is (hF)ⁿ⁺¹ (I − hF)⁻¹; the series converges if every eigenvalue of hF is smaller than 1 in size. As
    an integrator it has order 1 for every n ≥ 1: its term (hF)² has weight 1 where exp(hF) has 1/2. For nonlinear F
    the terms are hv₁ + h²v₂ + … with v₁ = F(u), v₂ = F(v₁): order 1 too.

    Source: Zhang et al., "PolyNet" (2017, arXiv:1611.05725), §3; the reading as backward Euler is Lu et al. (2018,
    arXiv:1710.10121), §2.

    Args:
        terms: n, at least 1.

    Raises:
        ValueError: ``terms`` is not a positive integer.
    """

    terms: int

    def __post_init__(self) -> None:
        _check.integer(self.terms, "terms")

    @property
    def name(self) -> str:
        """The name in tables."""
        return f"Neumann series, {self.terms} term{'s' * (self.terms > 1)}"

    @property
    def evaluations(self) -> int:
        """The number of evaluations of F in a step: one for each term."""
        return self.terms

    @property
    def stability(self) -> StabilityMatrix:
        """R(z) = 1 + z + … + zⁿ."""
        return StabilityMatrix.polynomial([1.0] * (self.terms + 1))

    @property
    def order(self) -> int:
        """How many terms after the first R(z) shares with exp(z); a bound that consistency makes sharp at 1."""
        return _shared_terms(self.stability.entries[0][0])

    def __call__(self, matrix: npt.ArrayLike) -> np.ndarray:
        """Σⱼ matrixʲ for j = 0 … n, by Horner's rule.

        Args:
            matrix: hF, a square matrix.

        Returns:
            A matrix of the same shape.
        """
        matrix = np.asarray(matrix)
        identity = np.eye(len(matrix))
        total = identity
        for _ in range(self.terms):
            total = identity + matrix @ total
        return total


def _shared_terms(coefficients: tuple[float, ...]) -> int:
    expected = 1.0
    for order, value in enumerate(coefficients):
        expected = expected / order if order else 1.0
        if abs(value - expected) > 1e-12:
            return order - 1
    return len(coefficients) - 1
