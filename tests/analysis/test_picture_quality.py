"""The quality of samples: samplers that are collapsed, copy, or confuse classes are found out; the distance itself."""

import keras
import numpy as np
import pytest

from zoo.analysis import picture_quality
from zoo.data.datasets import Dataset

CLASSES, OTHERS, SIDE = 3, 24, 8
TEMPLATES = np.random.default_rng(0).uniform(60, 200, (CLASSES, SIDE, SIDE, 1))
FAULTS = {"named": "named as wanted", "frechet": "Fréchet", "copies": "copy"}


def drawn(count, seed):
    """Pictures of each class: its template, moved by noise; and their classes."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % CLASSES
    pictures = TEMPLATES[labels] * rng.normal(1, 0.01, (count, 1, 1, 1)) + rng.normal(0, 30, (count, SIDE, SIDE, 1))
    return pictures.clip(0, 255).astype("uint8"), labels.astype("int32")


DATASET = Dataset("mnist", *drawn(900, 1), *drawn(600, 2), tuple("abc"))
SAMPLES, WANTED = drawn(600, 3)


@pytest.fixture(scope="module")
def classifier():
    """The nearest template by a linear layer, on features that are a few projections of the picture."""
    image = keras.Input((SIDE, SIDE, 1))
    flat = keras.layers.Flatten()(keras.layers.Rescaling(1 / 100)(image))
    features = keras.layers.Dense(CLASSES + OTHERS, use_bias=False)(flat)
    model = keras.Model(image, keras.layers.Dense(CLASSES, "softmax")(features))
    flat = TEMPLATES.reshape(CLASSES, -1) / 100
    other = np.random.default_rng(4).normal(0, 0.3, (OTHERS, SIDE * SIDE))
    model.layers[-2].set_weights([np.concatenate([flat, other]).T])
    head = np.concatenate([np.eye(CLASSES), np.zeros((OTHERS, CLASSES))])
    model.layers[-1].set_weights([head, -0.5 * (flat**2).sum(axis=1)])
    return model


def faults(classifier, pictures, wanted=WANTED):
    found = picture_quality.measure(pictures, wanted, DATASET, classifier).faults()
    return [name for name, words in FAULTS.items() if any(words in fault for fault in found)]


def test_a_good_sampler_has_no_fault(classifier):
    found = picture_quality.measure(SAMPLES, WANTED, DATASET, classifier)
    assert found.faults() == []
    assert found.named > 99
    assert 0.3 < found.ratio < 3
    assert found.nearest == pytest.approx(found.test, rel=0.05)


def test_one_picture_a_class_is_found_out(classifier):
    collapsed = np.stack([SAMPLES[k] for k in WANTED])
    assert "frechet" in faults(classifier, collapsed)


def test_copies_of_training_pictures_are_found_out(classifier):
    assert faults(classifier, DATASET.x_train[:600], DATASET.y_train[:600]) == ["copies"]


def test_every_fifth_picture_a_copy_is_found_out(classifier):
    mixed = SAMPLES.copy()
    mixed[::5] = DATASET.x_train[:600][::5]
    assert "copies" in faults(classifier, mixed)


def test_classes_that_are_mixed_up_are_found_out(classifier):
    assert faults(classifier, SAMPLES, np.roll(WANTED, 1)) == ["named"]


def test_the_distance_is_that_of_normal_distributions():
    rng = np.random.default_rng(0)
    a, b = rng.normal(0, 1, (200_000, 2)), rng.normal([3, 0], [2, 1], (200_000, 2))
    assert picture_quality.frechet(a, b) == pytest.approx(9 + 1, rel=0.02)
    assert picture_quality.frechet(a, a) == pytest.approx(0, abs=1e-6)


def test_the_nearest_picture_is_that_of_a_plain_search():
    a, b = drawn(20, 5)[0], drawn(30, 6)[0]
    plain = [min(np.sqrt(np.sum((p / 255.0 - q / 255.0) ** 2)) for q in b) for p in a]
    np.testing.assert_allclose(picture_quality.distances(a, b), plain, rtol=1e-3)


def test_a_class_without_samples(classifier):
    with pytest.raises(ValueError, match="at least 2 samples"):
        picture_quality.measure(SAMPLES, np.zeros(600, int), DATASET, classifier)
