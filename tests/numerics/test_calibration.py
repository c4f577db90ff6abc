"""Temperature scaling: measured on draws whose true temperature is known, and by hand."""

import numpy as np
import pytest

from zoo.numerics import calibration

RNG = np.random.default_rng(0)
LOGITS = 2 * RNG.normal(size=(4000, 5))


def drawn(logits):
    """A class for each row, with the probabilities of the logits."""
    return np.argmax(logits + RNG.gumbel(size=logits.shape), -1)


LABELS = drawn(LOGITS)


@pytest.mark.parametrize("temperature", [0.4, 1.0, 3.0])
def test_the_temperature_of_draws_is_found_and_calibrates_them(temperature):
    probabilities = calibration.softmax(LOGITS * temperature)
    found = calibration.temperature_of(probabilities, LABELS)
    assert found == pytest.approx(temperature, rel=0.06)
    after = calibration.tempered(probabilities, found)
    assert calibration.ece(after, LABELS) < 0.03
    crossed = calibration.cross_fitted(probabilities, LABELS)
    for name in ("nll", "ece"):
        before, now, other = (getattr(calibration, name)(p, LABELS) for p in (probabilities, after, crossed))
        assert now < before or temperature == 1.0
        assert other == pytest.approx(now, abs=0.01)


def test_the_negative_log_likelihood_is_least_there():
    probabilities = calibration.softmax(2 * LOGITS)
    found = calibration.temperature_of(probabilities, LABELS)
    least, *others = (
        calibration.nll(calibration.tempered(probabilities, found * factor), LABELS) for factor in (1, 0.97, 1.03)
    )
    assert least < min(others)


def test_no_label_changes():
    probabilities = calibration.softmax(5 * LOGITS).astype("float32")
    for temperature in (0.2, 1.0, 7.0):
        after = calibration.tempered(probabilities, temperature)
        assert np.array_equal(np.argmax(after, -1), np.argmax(probabilities, -1))
        np.testing.assert_allclose(after.sum(-1), 1)


def test_ece_and_nll_by_hand():
    probabilities = np.array([[0.9, 0.1], [0.7, 0.3], [0.3, 0.7], [0.35, 0.65]])
    labels = [0, 0, 0, 1]
    assert calibration.nll(probabilities, labels) == pytest.approx(-np.mean(np.log([0.9, 0.7, 0.3, 0.65])))
    # The bins (0.6, 0.8] with 2 of 3 right at 2.05/3, and (0.8, 1] with 1 of 1 right at 0.9.
    assert calibration.ece(probabilities, labels, bins=5) == pytest.approx((abs(2 - 2.05) + 0.1) / 4)


def test_cross_fitting_never_uses_the_class_of_a_sample_for_itself():
    probabilities = calibration.softmax(LOGITS[:40])
    labels = LABELS[:40].copy()
    before = calibration.cross_fitted(probabilities, labels)
    labels[::2] = (labels[::2] + 1) % 5
    after = calibration.cross_fitted(probabilities, labels)
    assert np.array_equal(after[::2], before[::2])
    assert not np.allclose(after[1::2], before[1::2])


def test_the_temperature_is_bounded_and_checked():
    sure = np.array([[0.9, 0.1], [0.2, 0.8]])
    assert calibration.temperature_of(sure, [0, 1]) == pytest.approx(calibration.RANGE[0], rel=1e-6)
    assert calibration.temperature_of(sure, [1, 0]) == pytest.approx(calibration.RANGE[1], rel=1e-6)
    assert np.all(np.isfinite(calibration.tempered([[1.0, 0.0]], 0.05)))
    with pytest.raises(ValueError, match="must be positive"):
        calibration.tempered(sure, 0.0)
