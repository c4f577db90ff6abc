"""The released flows of smooth toys are densities."""

import numpy as np
import pytest

import zoo

SMOOTH = ("8gaussians", "moons", "circles", "swissroll", "pinwheel")
NAMES = {row.name for row in zoo.weights.available()}
RELEASED = [name for name in SMOOTH if f"ffjord-{name}" in NAMES]


@pytest.mark.parametrize("name", [RELEASED[0], *(pytest.param(name, marks=pytest.mark.slow) for name in RELEASED[1:])])
def test_the_density_of_a_smooth_toy_integrates_to_one(name):
    """On 80 × 80 points in [-5, 5]², at tolerance 1e-6."""
    side = np.linspace(-5, 5, 80)
    grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    log_p = zoo.load(f"ffjord-{name}").log_prob(grid, rtol=1e-6, atol=1e-6, batch_size=len(grid))
    assert np.exp(log_p.astype("float64")).sum() * (side[1] - side[0]) ** 2 == pytest.approx(1, abs=1e-3)
