"""Pictures as points with a density, and bits a dimension."""

import numpy as np
import pytest

from zoo.flows import bits_per_dim, dequantized

LEVELS = np.arange(256).reshape(1, 16, 16, 1).repeat(40, axis=0)


@pytest.mark.parametrize("levels", [256, 17])
def test_the_noise_stays_below_a_grey_level(levels):
    pictures = LEVELS % levels
    x = dequantized(pictures, seed=0, levels=levels)
    assert x.dtype == "float32"
    np.testing.assert_array_equal(np.floor(np.float32(levels) * x), pictures)
    noise = levels * x.astype("float64") - pictures
    assert noise.mean() == pytest.approx(0.5, abs=0.01)
    assert noise.std() == pytest.approx(1 / np.sqrt(12), abs=0.01)
    np.testing.assert_array_equal(x, dequantized(pictures.astype("float64"), np.random.default_rng(0), levels))
    assert np.any(x != dequantized(pictures, seed=1, levels=levels))


def test_noise_that_is_nearly_a_level_is_still_of_the_level():
    class Most:
        def random(self, shape, dtype):
            return np.full(shape, np.nextafter(np.float32(1), np.float32(0)))

    generator = np.random.Generator(np.random.PCG64(0))
    for levels in (256, 17, 255):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(np.random, "default_rng", lambda _: Most())
            x = dequantized(LEVELS % levels, generator, levels)
        np.testing.assert_array_equal(np.floor(np.float32(levels) * x), LEVELS % levels)
        assert x.max() < 1


def test_pixels_that_are_none():
    for wrong in (LEVELS / 255, LEVELS - 1, LEVELS.astype("float32") + np.nan, np.array(["a"])):
        with pytest.raises(ValueError, match="whole numbers from 0 to 255"):
            dequantized(wrong)
    with pytest.raises(ValueError, match="from 0 to 16. Received: from 0 to 255"):
        dequantized(LEVELS, levels=17)


def test_the_uniform_distribution_has_the_bits_of_its_levels():
    shape = (28, 28, 1)
    assert bits_per_dim(0.0, shape) == pytest.approx(8)
    assert bits_per_dim(0.0, shape, width=1 / 17) == pytest.approx(np.log2(17))
    assert bits_per_dim(784 * np.log(256), shape, width=1) == pytest.approx(8), "the same in [0, 256)"
    with pytest.raises(ValueError, match="positive width"):
        bits_per_dim(0.0, shape, width=0)


def test_a_density_of_dequantised_points_bounds_the_bits_of_the_levels():
    """Of p = 0 or 1 with probability ¾ and ¼, by densities that are constant on the cells, which is tight, and not."""
    pictures = (np.arange(40_000) % 4 == 0).astype("uint8")[:, None]
    x = dequantized(pictures, seed=0, levels=2)[:, 0]
    entropy = -(0.75 * np.log2(0.75) + 0.25 * np.log2(0.25))
    tight = -np.log(np.where(x < 0.5, 1.5, 0.5)).mean()
    assert bits_per_dim(tight, (1,), width=1 / 2) == pytest.approx(entropy)
    loose = -np.log(1.5 - x).mean()
    assert bits_per_dim(loose, (1,), width=1 / 2) > entropy + 0.01
