"""``zoo.predict``: labels, confidence, settled labels, and what it says of input that it cannot mean."""

import pathlib

import keras
import numpy as np
import pytest

import zoo
from zoo import layers
from zoo.serving import evaluate, inputs

SHIP = pathlib.Path(__file__).resolve().parents[2] / "docs" / "images" / "cifar10" / "ship.png"
RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def tiny():
    """Probabilities of 4 classes, logits × 3."""
    keras.utils.set_random_seed(1)
    inputs_ = keras.Input((8, 8, 3))
    u = keras.layers.GlobalAveragePooling2D()(keras.layers.Rescaling(1 / 64)(inputs_))
    return keras.Model(inputs_, keras.layers.Dense(4, "softmax")(u), name="tiny")


def test_a_released_model_by_name_and_a_picture_by_path():
    answers = zoo.predict("lm_resnet20-cifar10", SHIP, top=2, min_confidence=0.5)
    assert answers.labels == ["ship"]
    assert [len(best) for best in answers.top] == [2]
    assert answers.top[0][0][1] == np.max(answers.probabilities)
    assert answers.unsure.tolist() == [False]
    assert answers.settled is None


def test_a_probability_below_the_least_confidence_is_unsure(tiny):
    images = RNG.integers(0, 256, (5, 8, 8, 3)).astype("uint8")
    surest = np.max(tiny(images), -1)
    answers = zoo.predict(tiny, images, min_confidence=float(np.median(surest)))
    assert answers.unsure.tolist() == (surest < np.median(surest)).tolist()
    assert answers.labels == [str(number) for number in np.argmax(tiny(images), -1)]
    assert len(answers) == 5


def test_logits_become_probabilities(tiny):
    logits = keras.models.clone_model(tiny)
    logits.set_weights(tiny.get_weights())
    logits.layers[-1].activation = keras.activations.linear
    images = RNG.integers(0, 256, (3, 8, 8, 3)).astype("uint8")
    np.testing.assert_allclose(zoo.predict(logits, images).probabilities, tiny(images), atol=1e-6)


def test_outputs_that_are_not_finite_are_no_answer(tiny):
    images = RNG.uniform(2, 255, (3, 8, 8, 3))
    images[1] = np.nan
    answers = zoo.predict(tiny, images)
    assert answers.answered.tolist() == answers.answered.tolist()[::-1] == [True, False, True]
    assert answers.labels[1] is None
    assert answers.top[1] == []
    assert answers.unsure.tolist() == [False, True, False]


def test_until_settled_gives_error_and_work_and_the_labels_of_the_flow(tiny):
    keras.utils.set_random_seed(0)
    pooled = keras.layers.GlobalAveragePooling2D()(tiny.layers[1].output)
    flow = layers.RungeKutta(keras.layers.Dense(3, "tanh"), "rk4", 0.25, 4, name="stage1")(pooled)
    model = keras.Model(tiny.input, keras.layers.Dense(4, "softmax")(flow))
    images = RNG.integers(0, 256, (3, 8, 8, 3)).astype("uint8")
    answers = zoo.predict(model, images, until="settled", min_confidence=1.0)
    whole = zoo.predict(model, images)
    settled = [label for label, yes in zip(answers.labels, answers.settled, strict=True) if yes]
    assert settled == [label for label, yes in zip(whole.labels, answers.settled, strict=True) if yes]
    assert np.all(answers.nfe >= 3)
    assert answers.discretization_error.shape == (3,)
    np.testing.assert_allclose(answers.probabilities, whole.probabilities, atol=0.1)


@pytest.mark.parametrize("shape", [(8, 8, 3), (1, 8, 8), (1, 8, 8, 1), (1, 12, 9, 3)])
def test_one_picture_grey_and_other_sizes(tiny, shape):
    images = RNG.integers(0, 256, shape).astype("uint8")
    assert inputs.fitted(tiny, images).shape == (1, 8, 8, 3)


def test_floats_up_to_1_warn_and_others_do_not(tiny):
    images = RNG.uniform(0, 1, (4, 8, 8, 3)).astype("float32")
    with pytest.warns(UserWarning, match="divided by 255"):
        zoo.predict(tiny, images)
    with pytest.warns(UserWarning, match="divided by 255"):
        evaluate.scores(tiny, images, np.zeros(4, int))
    zoo.predict(tiny, 255 * images)
    zoo.predict(tiny, (images > 0.5).astype("uint8"))
    zoo.predict(tiny, 0 * images)


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"until": "converged"}, "until must be None or 'settled'"),
        ({"min_confidence": 1.5}, "is a probability"),
        ({"top": 0}, "top must be"),
        ({"until": "settled"}, "no stage to integrate"),
    ],
)
def test_arguments_out_of_range(tiny, arguments, match):
    with pytest.raises(ValueError, match=match):
        zoo.predict(tiny, np.zeros((1, 8, 8, 3), "uint8"), **arguments)


def test_what_is_no_picture_or_no_classifier_is_refused(tiny):
    for images in (np.zeros((0, 8, 8, 3)), np.zeros((1, 8, 8, 4)), np.array([["a"]]), np.zeros(3)):
        with pytest.raises(ValueError, match="Expected raw pictures"):
            zoo.predict(tiny, images)
    with pytest.raises(ValueError, match="no such file"):
        zoo.predict(tiny, ["absent.png"])
    with pytest.raises(ValueError, match="no classifier"):
        zoo.predict(keras.Model(tiny.input, tiny.layers[1].output), np.zeros((1, 8, 8, 3), "uint8"))
