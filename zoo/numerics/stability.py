"""How a method amplifies u' = λu in a step, and where in the plane of z = hλ it is stable."""

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

_ROUNDING = 1e-12
_FARTHEST = 100.0
_SPACING = 0.01


@dataclasses.dataclass(frozen=True)
class StabilityMatrix:
    """M(z), which takes a method's state over one step of u' = λu with z = hλ; its entries are polynomials.

    A one-step method has the 1×1 matrix R(z), its stability polynomial; a two-step method has its companion matrix,
    which takes ``[u, u⁻]`` to ``[u⁺, u]``. The method is stable at z if the powers of M(z) stay bounded.

    Source: Hairer and Wanner, "Solving Ordinary Differential Equations II" (1996), §IV.2 and §V.1.

    Args:
        entries: Rows of polynomials, each the tuple of its coefficients of 1, z, z², …
    """

    entries: tuple[tuple[tuple[float, ...], ...], ...]

    @classmethod
    def polynomial(cls, coefficients: Sequence[float]) -> "StabilityMatrix":
        """The 1×1 matrix of the polynomial with these coefficients of 1, z, z², …, zeros at the end left out."""
        last = max(j for j, value in enumerate(coefficients) if value)
        return cls(((tuple(float(value) for value in coefficients[: last + 1]),),))

    def __call__(self, z: npt.ArrayLike) -> np.ndarray:
        """M at the number z, or at every entry of an array: shape ``(*z.shape, size, size)``."""
        z = np.asarray(z, complex)
        rows = [[np.polynomial.polynomial.polyval(z, entry) for entry in row] for row in self.entries]
        return np.moveaxis(np.array(rows), (0, 1), (-2, -1))

    def stable(self, z: npt.ArrayLike) -> np.ndarray:
        """Whether the powers of M(z) stay bounded: eigenvalues within the unit circle, those on it simple."""
        roots = np.linalg.eigvals(self(z))
        sizes = np.abs(roots)
        bounded = sizes.max(axis=-1) <= 1 + _ROUNDING
        if roots.shape[-1] == 1:
            return bounded
        first, second = roots[..., 0], roots[..., 1]
        # A double eigenvalue is found with an error of √ε.
        double = (np.abs(first - second) < 1e-7) & (sizes.max(axis=-1) > 1 - 1e-7)
        return bounded & ~double

    def real_limit(self) -> float:
        """The largest r with every z in [−r, 0) stable; 0 if there is none."""
        return self._limit(-1.0)

    def imaginary_limit(self) -> float:
        """The largest r with every z in (0, ir] stable; 0 if there is none. It is the same below the axis."""
        return self._limit(1j)

    def _limit(self, direction):
        if len(self.entries) == 1:
            return _polynomial_limit(self.entries[0][0], direction)
        points = np.arange(_SPACING, _FARTHEST, _SPACING)
        unstable = ~self.stable(direction * points)
        if not unstable.any():
            return np.inf
        end = points[np.argmax(unstable)]
        return self._bisect(direction, end - _SPACING, end)

    def _bisect(self, direction, stable, unstable):
        for _ in range(40):
            middle = (stable + unstable) / 2
            if self.stable(direction * middle):
                stable = middle
            else:
                unstable = middle
        return stable if stable > 1e-5 else 0.0


def _polynomial_limit(coefficients, direction):
    """The first r > 0 at which |R(r · direction)|² − 1 becomes positive, from its roots as a polynomial in r."""
    values = np.array(coefficients) * direction ** np.arange(len(coefficients))
    excess = np.polynomial.polynomial.polymul(values, values.conj()).real
    excess[0] -= 1
    excess[np.abs(excess) < 1e-13] = 0
    if not excess.any():
        return np.inf
    lowest = np.flatnonzero(excess)[0]
    if excess[lowest] > 0:
        return 0.0
    roots = np.polynomial.polynomial.polyroots(excess[lowest:])
    positive = roots.real[(np.abs(roots.imag) < 1e-9) & (roots.real > 1e-9)]
    return float(positive.min()) if len(positive) else np.inf
