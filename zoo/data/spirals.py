"""The spirals of the latent ODE: noisy pieces of two curves in the plane."""

import numpy as np

POINTS, TURN = 500, 6 * np.pi
STEP = TURN / (POINTS - 1)
"""Time between two points."""


def spirals(count, seed=0, length=200, noise=0.3):
    """``count`` pieces of spirals, each from another point on: ``(values, truth)``, both ``(count, length, 2)``.

    Half of the pieces run outwards on ``r = 0.3 θ`` (counter-clockwise, about (5, 0)), half on ``r = 15 / φ``,
    ``φ = 6π + 1 − θ`` (clockwise, about (−5, 0)), in steps of ``STEP`` in θ; ``values`` are ``truth`` and normal
    noise. A piece begins at least 100 points after the start of its curve.

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


def observed(count, length, points, seed=0):
    """Booleans ``(count, length)``: ``points`` of the times of each series, drawn without replacement."""
    generator = np.random.default_rng(seed)
    return generator.permuted(np.broadcast_to(np.arange(length) < points, (count, length)), axis=1)
