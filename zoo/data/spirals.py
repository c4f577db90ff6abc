"""The spirals of the latent ODE: noisy pieces of two curves in the plane."""

import numpy as np

POINTS, TURN = 500, 6 * np.pi
STEP = TURN / (POINTS - 1)
"""Time between two points."""


def spirals(count: int, seed: int = 0, length: int = 200, noise: float = 0.3) -> tuple[np.ndarray, np.ndarray]:
    """Pieces of spirals ``r = 0.3 θ`` and ``r = 15 / φ`` with ``φ = 6π + 1 − θ``, each from another point on.

    Half of the pieces run outwards on the first curve, counter-clockwise about (5, 0); half run on the second,
    clockwise about (−5, 0). Two points of a piece are ``STEP`` apart in θ. A piece begins at least 100 points after
    the start of its curve.

    Args:
        count: Number of pieces.
        seed: Of the starts, the curves and the noise. Defaults to ``0``.
        length: Points of a piece, at most 400. Defaults to ``200``.
        noise: Standard deviation of the normal noise. Defaults to ``0.3``.

    Returns:
        ``(values, truth)``, both float32 ``(count, length, 2)``; ``values`` are ``truth`` and the noise.

    Source: Chen et al. (2018, arXiv:1806.07366), §5.1, with the constants of the authors' code.
    """
    generator = np.random.default_rng(seed)
    theta = np.arange(POINTS) * STEP
    back = TURN + 1 - theta
    curves = np.stack(
        [
            np.stack([0.3 * theta * np.cos(theta) + 5, 0.3 * theta * np.sin(theta)], axis=1),
            np.stack([15 / back * np.cos(back) - 5, 15 / back * np.sin(back)], axis=1),
        ]
    )
    starts = generator.integers(100, POINTS - length + 1, count)
    sides = generator.permutation(np.arange(count) % 2)
    truth = curves[sides[:, None], starts[:, None] + np.arange(length)]
    return (truth + generator.normal(scale=noise, size=truth.shape)).astype("float32"), truth.astype("float32")


def observed(count: int, length: int, points: int, seed: int = 0) -> np.ndarray:
    """Which times of each series are observed, drawn without replacement.

    Args:
        count: Number of series.
        length: Times of a series.
        points: How many of them are observed.
        seed: Of the draw. Defaults to ``0``.

    Returns:
        Booleans ``(count, length)`` with ``points`` of them true in each row.
    """
    generator = np.random.default_rng(seed)
    return generator.permuted(np.broadcast_to(np.arange(length) < points, (count, length)), axis=1)
