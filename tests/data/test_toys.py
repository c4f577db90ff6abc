"""The toys in the plane: their densities are those of their points."""

import numpy as np
import pytest

from zoo.data import toys

FAST = [name for name in toys.TOYS if name != "2spirals"]


@pytest.mark.parametrize("name", toys.TOYS)
def test_points_are_those_of_the_seed(name):
    first = toys.sample(name, 500, seed=1)
    assert first.shape == (500, 2)
    assert first.dtype == "float32"
    np.testing.assert_array_equal(toys.sample(name, 500, seed=1), first)
    assert not np.array_equal(toys.sample(name, 500, seed=2), first)


@pytest.mark.parametrize("name", toys.TOYS)
def test_the_entropy_is_that_of_the_points(name):
    count = 2_000 if name == "2spirals" else 10_000
    log_p = toys.log_density(name, toys.sample(name, count, seed=3))
    assert abs(-log_p.mean() - toys.entropy(name)) < 3 * log_p.std() / count**0.5 + 1e-3


@pytest.mark.parametrize("name", FAST)
def test_the_density_integrates_to_one(name):
    """On a grid of 160² points in [-7, 7]²; of the uniform squares the lines of the grid are inside."""
    side = (np.arange(160) + 0.5) / 160 * 14 - 7
    grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    mass = np.exp(toys.log_density(name, grid)).sum() * (14 / 160) ** 2
    assert mass == pytest.approx(1, abs=0.03 if name in ("rings", "checkerboard") else 1e-3)


def test_the_pinwheel_agrees_with_its_histogram():
    x = toys.sample("pinwheel", 200_000)
    counts, *_ = np.histogram2d(*x.T, bins=60, range=[[-5, 5], [-5, 5]])
    middle = (np.arange(240) + 0.5) / 24 - 5
    fine = np.stack(np.meshgrid(middle, middle, indexing="ij"), axis=-1).reshape(-1, 2)
    density = np.exp(toys.log_density("pinwheel", fine)).reshape(60, 4, 60, 4).mean(axis=(1, 3))
    expected = density * 200_000 * (10 / 60) ** 2
    full = expected > 30
    assert np.mean((counts - expected)[full] ** 2 / expected[full]) == pytest.approx(1, abs=0.25)


def test_what_does_not_exist():
    with pytest.raises(ValueError, match="Unknown toy: 'moon'. Did you mean 'moons'"):
        toys.sample("moon", 3)
    with pytest.raises(ValueError, match="count must be"):
        toys.sample("moons", 0)
