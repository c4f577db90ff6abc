"""The coupled pair of Euler steps: RevNet's and the Hamiltonian network's."""

import dataclasses
import math

import numpy as np

from zoo.numerics.stability import StabilityMatrix


@dataclasses.dataclass(frozen=True)
class Coupling:
    """x⁺ = x + h f(y), y⁺ = y + h g(x⁺): symplectic Euler for x' = f(y), y' = g(x).

    The second half uses the new x, so the step can be inverted without solving an equation. With f = ∂H/∂y and
    g = −∂H/∂x it is a symplectic map: its energy error stays bounded. Order 1.

    Source: Hairer, Lubich and Wanner, "Geometric Numerical Integration" (2006), §VI.3.

    Args:
        name: The name in tables. Defaults to ``"symplectic Euler"``.
    """

    name: str = "symplectic Euler"

    @property
    def evaluations(self) -> int:
        """The number of evaluations in a step: one of f and one of g."""
        return 2

    @property
    def stability(self) -> StabilityMatrix:
        """[[1, z], [z, 1 + z²]] on [x, y], for f = g = λ·: the system's eigenvalues are ±λ, and z = hλ."""
        return StabilityMatrix((((1.0,), (0.0, 1.0)), ((0.0, 1.0), (1.0, 0.0, 1.0))))

    @property
    def order(self) -> int:
        """How many powers of z after the first the matrix shares with exp(z [[0, 1], [1, 0]])."""
        shared = 0
        while np.allclose(self._coefficient(shared + 1), _exact(shared + 1)):
            shared += 1
        return shared

    def _coefficient(self, power):
        entries = self.stability.entries
        return [[entry[power] if power < len(entry) else 0.0 for entry in row] for row in entries]


def _exact(power):
    exchange = np.array([[0.0, 1.0], [1.0, 0.0]])
    return np.linalg.matrix_power(exchange, power) / math.factorial(power)


SYMPLECTIC_EULER = Coupling()
