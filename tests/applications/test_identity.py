"""What a model knows of itself: labels and checkpoint, through files, clones, new heads and fine-tuning."""

import keras
import numpy as np
import pytest

import zoo
from zoo import applications
from zoo.data.datasets import CIFAR10

NAME = "resnet20-cifar10"


@pytest.fixture(scope="module")
def model():
    return zoo.load(NAME)


def known(model):
    row = zoo.checkpoint(model)
    return zoo.labels(model), None if row is None else row.name


def test_a_released_model_knows_both(model):
    assert known(model) == (CIFAR10.labels, NAME)
    assert zoo.checkpoint(model) == zoo.weights.get(NAME)


@pytest.mark.slow
def test_a_keras_file_and_a_clone_keep_them(model, tmp_path):
    model.save(tmp_path / "model.keras")
    assert known(keras.saving.load_model(tmp_path / "model.keras")) == known(model)
    assert known(keras.models.clone_model(model)) == known(model)


def test_networks_made_of_it_keep_them(model):
    assert known(applications.to_lm(model)) == known(model)
    assert known(zoo.analysis.refine(model)) == known(model)


def test_a_model_in_a_model_keeps_them(model):
    inputs = keras.Input((32, 32, 3))
    assert known(keras.Model(inputs, model(inputs))) == known(model)
    assert known(keras.Sequential([keras.Input((32, 32, 3)), model])) == known(model)


def test_a_head_of_ones_own_inherits_nothing(model):
    features = model.get_layer("avg_pool").output
    assert known(keras.Model(model.input, keras.layers.Dense(10, name="predictions")(features))) == (None, None)
    assert known(keras.Sequential([model, keras.layers.Dense(10)])) == (None, None)
    assert known(zoo.load(NAME, include_top=False)) == (None, None)


def test_another_width_has_no_labels_but_its_checkpoint():
    assert known(zoo.load(NAME, classes=4)) == (None, NAME)


@pytest.mark.slow
def test_random_weights_know_nothing():
    assert known(applications.ResNet(weights=None, depth=8)) == (None, None)


@pytest.mark.slow
def test_fine_tuning_gives_new_labels(model):
    images = np.random.default_rng(0).integers(0, 256, (8, 32, 32, 3)).astype("uint8")
    data = (images, np.arange(8) % 2)
    tuned = zoo.finetune(model, data, 2, labels=("rose", "tulip"), head_epochs=1, epochs=0)
    assert known(tuned) == (("rose", "tulip"), NAME)
    assert known(zoo.finetune(model, data, 2, head_epochs=0, epochs=0)) == (None, NAME)


def test_identify_names_the_classes(model):
    named = applications.identify(applications.ResNet(weights=None, depth=8, classes=2), ["a", "b"])
    assert zoo.labels(named) == ("a", "b")
    with pytest.raises(ValueError, match=r"Expected 2 labels.*Received: 3"):
        applications.identify(named, ["a", "b", "c"])
    with pytest.raises(ValueError, match="does not end in a zoo.layers.ClassifierHead"):
        applications.identify(keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)]), ["a", "b"])


@pytest.mark.slow
def test_decode_predictions_asks_whose_classes_they_are(model):
    probabilities = np.eye(10)[[3]]
    assert applications.decode_predictions(probabilities, 1, model=model) == [[(3, "cat", 1.0)]]
    assert applications.decode_predictions(probabilities, 1, name="odenet_mnist-mnist") == [[(3, "3", 1.0)]]
    with pytest.raises(ValueError, match="10 classes can be those of cifar10, mnist, fashion_mnist.*model="):
        applications.decode_predictions(probabilities)
    with pytest.raises(ValueError, match="3 classes can be none that is known"):
        applications.decode_predictions(np.eye(3))
    with pytest.raises(ValueError, match="does not know the names"):
        applications.decode_predictions(probabilities, model=applications.ResNet(weights=None, depth=8))
    assert applications.resnet.decode_predictions is applications.decode_predictions
