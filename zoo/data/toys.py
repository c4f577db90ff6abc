"""Distributions in the plane on which densities are tried: eight toys, with their true densities."""

import dataclasses
from collections.abc import Callable
from typing import Protocol

import numpy as np

from zoo import _check

BLOCK = 4_000_000
"""Most pairs of points and nodes in memory."""


class Toy(Protocol):
    """A distribution in the plane."""

    @property
    def entropy(self) -> float:
        """−E log p in nats: the least mean negative log likelihood that a model can have."""

    def draw(self, count: int, generator: np.random.Generator) -> np.ndarray:
        """Independent points, ``(count, 2)``."""

    def log_density(self, x: np.ndarray) -> np.ndarray:
        """log p in nats at points ``(n, 2)``, ``(n,)``."""


def sample(name: str, count: int, seed: int = 0) -> np.ndarray:
    """Independent points of a toy.

    Args:
        name: One of ``TOYS``: 8gaussians, moons, circles, rings, pinwheel, swissroll, 2spirals, checkerboard.
        count: How many.
        seed: The seed of the draw. Defaults to ``0``.

    Returns:
        ``(count, 2)`` float32.

    Source: lib/toy_data.py, the authors' code of Grathwohl et al. (2018, arXiv:1810.01367). Where it puts points at
    equal distances on a curve, or as many on each part, they are drawn here, so that points are independent.

    Raises ``ValueError`` if there is no such toy or the count is not positive.
    """
    toy = TOYS[_check.known(name, TOYS, "toy")]
    return toy.draw(_check.integer(count, "count"), np.random.default_rng(seed)).astype("float32")


def log_density(name: str, x: np.ndarray) -> np.ndarray:
    """log p of a toy in nats at points ``(n, 2)``, ``(n,)`` float64; raises ``ValueError`` if there is no such toy."""
    return TOYS[_check.known(name, TOYS, "toy")].log_density(np.asarray(x, "float64"))


def entropy(name: str) -> float:
    """−E log p of a toy in nats, exact or to ±0.001; raises ``ValueError`` if there is no such toy."""
    return TOYS[_check.known(name, TOYS, "toy")].entropy


@dataclasses.dataclass(frozen=True)
class Blurred:
    """Points ``place(u) + σ ε``, u uniform in a cube, ε normal.

    The density is the mean of normal densities about the places of the midpoints of a grid in the cube.

    Attributes:
        place: Where the shares u, ``(n, dimensions)``, put a point.
        grid: The midpoints of the cube along each axis.
        deviation: σ.
        entropy: See ``Toy``.
        cell: Side of the squares that the grid cuts a uniform shift into, whose variance is added to σ² in the density.
    """

    place: Callable[[np.ndarray], np.ndarray]
    grid: tuple[int, ...]
    deviation: float
    entropy: float
    cell: float = 0.0

    def draw(self, count: int, generator: np.random.Generator) -> np.ndarray:
        """See ``Toy``."""
        places = self.place(generator.random((count, len(self.grid))))
        return places + self.deviation * generator.standard_normal((count, 2))

    def log_density(self, x: np.ndarray) -> np.ndarray:
        """See ``Toy``."""
        axes = [(np.arange(count) + 0.5) / count for count in self.grid]
        nodes = self.place(np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(axes)))
        variance = self.deviation**2 + self.cell**2 / 12
        size = max(1, BLOCK // len(nodes))
        parts = [self._log_mean(x[n : n + size], nodes, variance) for n in range(0, len(x), size)]
        return np.concatenate(parts) - np.log(2 * np.pi * variance)

    def _log_mean(self, x, nodes, variance):
        """The logarithm of the mean of exp(−distance² / 2σ²)."""
        squares = np.sum(x**2, axis=1)[:, None] + np.sum(nodes**2, axis=1) - 2 * x @ nodes.T
        exponents = -squares / (2 * variance)
        most = exponents.max(axis=1)
        return most + np.log(np.mean(np.exp(exponents - most[:, None]), axis=1))


@dataclasses.dataclass(frozen=True)
class Pinwheel:
    """``x = 2 (a, b) R(θₖ + e^a / 4)``, a ~ N(1, 0.3²), b ~ N(0, 0.1²), R a rotation by one of five θₖ, a step more.

    The density at x is the sum over k of that at the one (a, b) near the axis of the arm which x is the image of.
    """

    entropy: float

    def draw(self, count: int, generator: np.random.Generator) -> np.ndarray:
        """See ``Toy``."""
        arm = 0.4 * np.pi * generator.integers(0, 5, count)
        a, b = 1 + 0.3 * generator.standard_normal(count), 0.1 * generator.standard_normal(count)
        angle = arm + 0.25 * np.exp(a)
        cosine, sine = np.cos(angle), np.sin(angle)
        return 2 * np.stack([a * cosine + b * sine, b * cosine - a * sine], axis=1)

    def log_density(self, x: np.ndarray) -> np.ndarray:
        """See ``Toy``."""
        radius, polar = np.hypot(*x.T)[:, None] / 2, np.arctan2(x[:, 1], x[:, 0])[:, None]
        arms = 0.4 * np.pi * np.arange(5)
        own = np.zeros((len(x), 5))  # the polar angle of (a, b)
        for _ in range(80):
            missing = polar + arms + 0.25 * np.exp(radius * np.cos(own)) - own
            missing = np.mod(missing + np.pi, 2 * np.pi) - np.pi
            own += 0.5 * missing
        a, b = radius * np.cos(own), radius * np.sin(own)
        stretch = np.where(np.abs(missing) < 1e-6, 4 * np.abs(1 + 0.25 * np.exp(a) * b), np.inf)
        log_p = -0.5 * ((a - 1) / 0.3) ** 2 - 0.5 * (b / 0.1) ** 2 - np.log(2 * np.pi * 0.03 * 5 * stretch)
        return np.logaddexp.reduce(log_p, axis=1)


@dataclasses.dataclass(frozen=True)
class Checkerboard:
    """Uniform on eight of the sixteen squares of side 2 in [−4, 4]²: density 1/32."""

    entropy: float

    def draw(self, count: int, generator: np.random.Generator) -> np.ndarray:
        """See ``Toy``."""
        first = 4 * generator.random(count) - 2
        second = generator.random(count) - 2 * generator.integers(0, 2, count) + np.floor(first) % 2
        return 2 * np.stack([first, second], axis=1)

    def log_density(self, x: np.ndarray) -> np.ndarray:
        """See ``Toy``; −inf outside the squares."""
        column, row = np.floor(x.T / 2)
        inside = (np.abs(x[:, 0]) < 4) & (np.abs(x[:, 1]) < 4) & ((column + row) % 2 == 0)
        return np.where(inside, -np.log(32), -np.inf)


def _split(share, parts):
    """Which of equally likely parts a uniform share is in, and a uniform share of that part."""
    part = np.floor(parts * share)
    return part, parts * share - part


def _around(radius, angle):
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def _8gaussians(u):
    return _around(4 / 1.414, 0.25 * np.pi * np.floor(8 * u[:, 0]))


def _moons(u):
    part, share = _split(u[:, 0], 2)
    outer = _around(1.0, np.pi * share)
    return 2 * np.where(part[:, None] == 0, outer, [1, 0.5] - outer) + [-1, -0.2]


def _circles(u):
    part, share = _split(u[:, 0], 2)
    return _around(3 / (1 + part), 2 * np.pi * share)


def _rings(u):
    part, share = _split(u[:, 0], 4)
    return _around(0.75 * (1 + part), 2 * np.pi * share)


def _swissroll(u):
    t = 1.5 * np.pi * (1 + 2 * u[:, 0])
    return _around(t / 5, t)


def _2spirals(u):
    part, share = _split(u[:, 0], 2)
    n = 3 * np.pi * np.sqrt(share)
    return np.where(part[:, None] == 0, 1, -1) * (_around(n, np.pi - n) + 0.5 * u[:, 1:]) / 3


TOYS: dict[str, Toy] = {
    "8gaussians": Blurred(_8gaussians, (8,), 0.5 / 1.414, 2.832),
    "moons": Blurred(_moons, (800,), 0.2, 2.394),
    "circles": Blurred(_circles, (800,), 0.24, 3.268),
    "rings": Blurred(_rings, (1600,), 0.08, 2.623),
    "pinwheel": Pinwheel(2.318),
    "swissroll": Blurred(_swissroll, (1000,), 0.2, 2.670),
    "2spirals": Blurred(_2spirals, (1000, 4, 4), 0.1, 2.645, cell=0.5 / 12),
    "checkerboard": Checkerboard(float(np.log(32))),
}
"""Every toy by name."""
