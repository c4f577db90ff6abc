"""Linear multistep methods: coefficients, order, zero-stability."""

import dataclasses
import math

import numpy as np

from zoo.numerics.stability import StabilityMatrix


@dataclasses.dataclass(frozen=True)
class Multistep:
    """Σⱼ αⱼ uₙ₊ⱼ = hᵐ Σⱼ βⱼ f(uₙ₊ⱼ) for the equation u⁽ᵐ⁾ = f(u), explicit (the last β is 0).

    Source: Hairer, Nørsett and Wanner, "Solving Ordinary Differential Equations I" (1993), §III.2, equation 2.1 and
    theorem III.2.4 (order), definition III.3.2 (zero-stability); §III.10 for m = 2.

    Args:
        name: The name in messages and tables.
        alpha: α₀, …, αₛ of an s-step method; αₛ = 1.
        beta: β₀, …, βₛ with βₛ = 0.
        derivative: m, 1 or 2.

    Raises:
        ValueError: The lengths differ, αₛ ≠ 1, βₛ ≠ 0, or the method is not consistent (order below 1).
    """

    name: str
    alpha: tuple[float, ...]
    beta: tuple[float, ...]
    derivative: int = 1

    def __post_init__(self) -> None:
        if len(self.alpha) != len(self.beta) or len(self.alpha) < 2:
            raise ValueError(
                f"{self.name}: alpha and beta need the same length of at least 2. "
                f"Received: {len(self.alpha)} and {len(self.beta)}."
            )
        if self.alpha[-1] != 1 or self.beta[-1] != 0:
            raise ValueError(
                f"{self.name}: an explicit method has 1 as its last alpha and 0 as its last beta. "
                f"Received: {self.alpha[-1]} and {self.beta[-1]}."
            )
        if self.order < 1 or abs(sum(self.beta)) < 1e-12:
            raise ValueError(
                f"{self.name} is not consistent: for u⁽ᵐ⁾ = f, m = {self.derivative}, it needs Σ α jᵠ = 0 for q < m "
                f"and Σ α jᵐ/m! = Σ β ≠ 0. Received: alpha={self.alpha}, beta={self.beta}."
            )

    @property
    def steps(self) -> int:
        """s, the number of earlier states that a step uses."""
        return len(self.alpha) - 1

    @property
    def evaluations(self) -> int:
        """The number of evaluations of f in a step: 1, since earlier values are kept."""
        return 1

    @property
    def order(self) -> int:
        """The largest p with Σ αⱼ jᵠ/q! = Σ βⱼ jᵠ⁻ᵐ/(q−m)! for every q < p + m."""
        q = 0
        while abs(self._defect(q)) < 1e-12:
            q += 1
        return q - self.derivative

    def _defect(self, q):
        j = np.arange(len(self.alpha), dtype=float)
        left = np.dot(self.alpha, j**q) / math.factorial(q)
        m = self.derivative
        return left - (np.dot(self.beta, j ** (q - m)) / math.factorial(q - m) if q >= m else 0.0)

    @property
    def zero_stable(self) -> bool:
        """Whether the roots of Σ αⱼ ζʲ lie within the unit circle, and those on it have multiplicity at most m."""
        roots = np.polynomial.polynomial.polyroots(self.alpha)
        on_circle = [root for root in roots if abs(root) > 1 - 1e-7]
        repeated = max((sum(abs(root - other) < 1e-6 for other in on_circle) for root in on_circle), default=0)
        return bool(np.all(np.abs(roots) <= 1 + 1e-7) and repeated <= self.derivative)

    @property
    def stability(self) -> StabilityMatrix:
        """The companion matrix on ``[uₙ₊ₛ₋₁, …, uₙ]``, with z = hλ for u⁽ᵐ⁾ = λᵐu."""
        power = (0.0,) * self.derivative
        first: tuple[tuple[float, ...], ...] = tuple(
            (-a, *power[1:], b) for a, b in zip(self.alpha[-2::-1], self.beta[-2::-1], strict=True)
        )
        shift = np.eye(self.steps)[:-1]
        return StabilityMatrix((first, *(tuple((float(value),) for value in row) for row in shift)))


def two_step(k: float) -> Multistep:
    """u⁺ = (1 − k) u + k u⁻ + (1 + k) h f(u): LM-ResNet's step with its time step as an integrator of u' = f.

    The roots of its characteristic polynomial are 1 and −k: zero-stable for −1 < k ≤ 1. Order 1, and 2 for k = 1. k = 0
    is forward Euler, k = −γ momentum.

    Source: Lu et al. (2018, arXiv:1710.10121), equation 1.

    Args:
        k: The weight of the state before the last.

    Returns:
        The method.

    Raises:
        ValueError: k is −1, so that f would have no weight; ``LEAPFROG`` is that method, for u'' = f.
    """
    return Multistep(f"two-step, k = {k:g}", alpha=(-k, k - 1, 1), beta=(0, 1 + k, 0))


LEAPFROG_MIDPOINT = two_step(1)
"""u⁺ = u⁻ + 2h f(u): the explicit midpoint rule of two steps, order 2."""

LEAPFROG = Multistep("leapfrog", alpha=(1, -2, 1), beta=(0, 1, 0), derivative=2)
"""u⁺ = 2u − u⁻ + h² f(u) for u'' = f(u): Störmer's method, order 2."""
