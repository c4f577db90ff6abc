"""The temperature of a model: where it is kept, where it is applied, and what it leaves alone."""

import dataclasses

import keras
import numpy as np
import pytest

import zoo
from zoo import applications
from zoo.analysis import confidence
from zoo.numerics import calibration as figures
from zoo.serving import evaluate
from zoo.weights import Calibration, Checkpoint
from zoo.weights.calibration import CROSS_FIT, HELD_OUT

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (120, 16, 16, 3)).astype("uint8")
NUMBERS = RNG.integers(0, 3, 120)
KNOWN = Calibration(2.0, 0.03, 0.01, 0.4, 0.3, HELD_OUT, 120)


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    net = applications.ResNet(depth=8, weights=None, classes=3, input_shape=(16, 16, 3))
    return applications.identify(net, ("a", "b", "c"), calibration=dataclasses.asdict(KNOWN))


def test_predict_and_evaluate_apply_it_and_the_model_does_not(model):
    given = model.predict(IMAGES, verbose=0)
    answers = zoo.predict(model, IMAGES)
    np.testing.assert_allclose(answers.probabilities, figures.tempered(given, 2.0), rtol=1e-4)
    assert not np.allclose(answers.probabilities, given, rtol=1e-3)
    assert answers.labels == ["abc"[number] for number in np.argmax(given, -1)]
    found = confidence.Confidence(model)
    before = evaluate.scores(model, IMAGES, NUMBERS)
    assert evaluate.scores(model, IMAGES, NUMBERS, confidence=found) == before
    assert found.ece == pytest.approx(figures.ece(answers.probabilities, NUMBERS), abs=1e-6)
    assert found.nll == pytest.approx(figures.nll(answers.probabilities, NUMBERS), rel=1e-4)


def test_logits_get_the_same_temperature(model):
    logits = applications.ResNet(depth=8, weights=None, classes=3, input_shape=(16, 16, 3), classifier_activation=None)
    logits.set_weights(model.get_weights())
    applications.identify(logits, ("a", "b", "c"), calibration=dataclasses.asdict(KNOWN))
    one, other = (zoo.predict(net, IMAGES[:5]).probabilities for net in (model, logits))
    np.testing.assert_allclose(one, other, rtol=1e-3)


def test_presets_keras_files_and_clones_keep_it_and_a_new_head_does_not(model, tmp_path):
    zoo.save(model, tmp_path / "preset")
    model.save(tmp_path / "model.keras")
    for again in (zoo.load(tmp_path / "preset"), zoo.load(tmp_path / "model.keras"), keras.models.clone_model(model)):
        assert applications.calibration(again) == KNOWN
    assert applications.calibration(zoo.load(tmp_path / "preset", classes=4)) is None


def test_fine_tuning_fits_it_to_the_pictures_held_out(model):
    labels = NUMBERS % 2
    for held, known in ((IMAGES, True), (IMAGES[:99], False)):
        tuned = zoo.finetune(
            model, (IMAGES[:8], labels[:8]), 2, validation_data=(held, labels[: len(held)]), head_epochs=0, epochs=0
        )
        found = applications.calibration(tuned)
        assert (found is not None) is known
    wrong = 1 - labels  # of which a network that learnt the others is too sure
    tuned = zoo.finetune(model, (IMAGES, labels), 2, validation_data=(IMAGES, wrong), head_epochs=4, epochs=0)
    found, given = applications.calibration(tuned), tuned.predict(IMAGES, verbose=0)
    expected = Calibration.fitted(given, wrong, HELD_OUT)
    assert found.temperature > 1.5
    assert (found.how, found.n) == (HELD_OUT, 120)
    assert found.temperature == pytest.approx(expected.temperature, rel=0.01)
    assert found.nll_before == pytest.approx(figures.nll(given, wrong), rel=0.01)


def test_a_row_of_the_manifest_keeps_it_and_a_release_knows_it():
    row = zoo.weights.get("lm_resnet20-cifar10")
    assert Checkpoint.from_row(row.row()) == row
    without = dataclasses.replace(row, calibration=None)
    assert Checkpoint.from_row(without.row()) == without
    assert "calibration" not in without.row()
    assert applications.calibration(zoo.load(row.name)) == row.calibration


@pytest.mark.parametrize("row", [each for each in zoo.weights.trained() if each.calibration], ids=lambda row: row.name)
def test_the_released_temperatures_help(row):
    known = row.calibration
    assert (known.how, known.n) == (CROSS_FIT, 10_000)
    assert known.nll_after <= known.nll_before
    assert known.ece_after < max(known.ece_before, 0.01)


def test_a_temperature_that_does_not_help_the_other_half_is_1():
    draws = np.random.default_rng(0)
    found = []
    for _ in range(8):
        logits = 2 * draws.normal(size=(100, 4))
        labels = np.argmax(logits + draws.gumbel(size=logits.shape), -1)  # T = 1 is the truth
        found.append(Calibration.fitted(figures.softmax(logits), labels, HELD_OUT))
    assert all(each.nll_after < each.nll_before or each.temperature == 1 for each in found)
    assert any(each.temperature == 1 and each.ece_after == each.ece_before for each in found)


def test_answers_that_are_not_finite_are_left_out_and_as_they_are(model):
    outputs = np.array([[0.2, 0.3, 0.5], [np.nan, 0.5, 0.5], [np.inf, 0.0, 0.0]])
    found = confidence.Confidence(model)
    assert np.isnan(found.ece)
    found.add(outputs, np.array([2, 0, 0]))
    assert found.nll == pytest.approx(-np.log(figures.tempered(outputs[0], 2.0)[2]))
    np.testing.assert_array_equal(confidence.probabilities_of(model, outputs)[1:], outputs[1:])


@pytest.mark.parametrize("change", [{"temperature": 0.0}, {"nll_after": np.nan}, {"how": "by eye"}])
def test_a_calibration_of_impossible_figures_is_refused(change):
    with pytest.raises(ValueError, match="Received"):
        dataclasses.replace(KNOWN, **change)
