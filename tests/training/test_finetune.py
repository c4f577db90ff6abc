"""Fine-tuning: what changes in each phase, what does not, and at which rate."""

import keras
import numpy as np
import pytest

import zoo
from zoo import applications
from zoo.training.finetuning.from_data import finetune
from zoo.training.finetuning.two_rates import TwoRates


@pytest.fixture(scope="module")
def source():
    model = applications.LMResNet(weights=None, depth=8, input_shape=(16, 16, 3), classes=5)
    generator = np.random.default_rng(0)
    model(generator.integers(0, 256, (32, 16, 16, 3)), training=True)
    return model


def pictures(n=40, size=16, channels=3):
    generator = np.random.default_rng(0)
    labels = np.arange(n) % 2
    images = generator.integers(0, 100, (n, size, size, channels)) + 155 * labels[:, None, None, None]
    return images.astype(np.uint8), labels


def weights(model, kind):
    """Values of the trunk's weights: those of batch normalization, its moving statistics, or all others."""
    values = []
    for layer in model._flatten_layers(include_self=False, recursive=True):
        if layer.name != "predictions" and not list(layer._flatten_layers(include_self=False)):
            norm = isinstance(layer, keras.layers.BatchNormalization)
            for variable in layer.weights:
                its_kind = "statistics" if "moving" in variable.name else "norm" if norm else "rest"
                if its_kind == kind:
                    values.append(variable.numpy())
    return values


def same(one, other):
    return [np.array_equal(a, b) for a, b in zip(one, other, strict=True)]


@pytest.mark.slow
def test_the_head_phase_leaves_the_trunk_alone(source):
    tuned = finetune(source, pictures(), 2, head_epochs=2, epochs=0)
    for kind in ("statistics", "norm", "rest"):
        assert all(same(weights(tuned, kind), weights(source, kind)))
    assert tuned.output_shape == (None, 2)
    assert all(variable.trainable for variable in tuned.get_layer("stem").weights)


def corners(n=160):
    """Smooth fields of colour, unlike anything that the trunk has seen; the class is the brightest corner."""
    generator = np.random.default_rng(0)
    across, down = np.meshgrid(np.linspace(0, 1, 32), np.linspace(0, 1, 32))
    bright = [(1 - across) * (1 - down), across * (1 - down), (1 - across) * down, across * down]
    numbers = np.arange(n) % 4
    images = [
        0.35 * generator.uniform(0, 1, 3)
        + 0.65 * bright[k][..., None] * generator.uniform(0.3, 1, 3)
        + generator.normal(0, 0.02, (32, 32, 3))
        for k in numbers
    ]
    return np.clip(255 * np.stack(images), 0, 255).astype(np.uint8), numbers


@pytest.mark.slow
def test_the_defaults_learn_from_a_few_strange_pictures():
    """With frozen statistics as the default a trained network was driven to one class: 28 %."""
    images, numbers = corners()
    tuned = finetune("lm_resnet20-cifar10", (images, numbers), 4, augment=False)
    assert np.mean(tuned.predict(images, verbose=0).argmax(axis=1) == numbers) > 0.95


@pytest.mark.slow
def test_frozen_statistics_do_not_let_the_gradient_run_away():
    images, numbers = corners()
    options = {"batch_normalization": "frozen", "augment": False}
    tuned = finetune("lm_resnet20-cifar10", (images, numbers), 4, **options)
    assert np.mean(tuned.predict(images, verbose=0).argmax(axis=1) == numbers) > 0.6


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["frozen", "adapt"])
def test_batch_normalization_does_what_the_policy_says(source, policy):
    tuned = finetune(source, pictures(), 2, head_epochs=0, epochs=3, batch_normalization=policy)
    for kind in ("statistics", "norm"):
        kept = same(weights(tuned, kind), weights(source, kind))
        assert all(kept) if policy == "frozen" else not any(kept)
    assert not any(same(weights(tuned, "rest"), weights(source, "rest")))


@pytest.mark.slow
def test_the_model_that_is_passed_in_stays_as_it_is(source):
    before = source.get_weights()
    tuned = finetune(source, pictures(), 3, head_epochs=1, epochs=1)
    assert all(same(source.get_weights(), before))
    assert all(layer.trainable for layer in source.layers)
    assert all(layer.trainable for layer in tuned._flatten_layers())


def test_a_new_head_even_for_the_same_number_of_classes(source):
    tuned = finetune(source, pictures(), 5, head_epochs=0, epochs=0)
    assert not np.array_equal(tuned.get_layer("predictions").kernel, source.get_layer("predictions").kernel)


@pytest.mark.slow
def test_it_learns(source):
    images, labels = pictures(80)
    tuned = finetune(source, (images, labels), 2, epochs=6, batch_normalization="adapt", trunk_rate=1.0)
    assert np.mean(tuned.predict(images, verbose=0).argmax(axis=1) == labels) > 0.9


@pytest.mark.slow
def test_grey_pictures_of_another_size(source):
    images, labels = pictures(40, size=28, channels=1)
    one = finetune(source, (images[..., 0], labels), 2, head_epochs=1, epochs=0)
    other = finetune(source, (images, labels), 2, head_epochs=1, epochs=0)
    assert one.input_shape == (None, 16, 16, 3)
    assert all(same(one.get_weights(), other.get_weights()))


@pytest.mark.slow
def test_the_result_is_saved_and_loaded(source, tmp_path):
    tuned = finetune(source, pictures(), 2, head_epochs=1, epochs=1)
    tuned.save(tmp_path / "tuned.keras")
    images = pictures()[0]
    loaded = keras.models.load_model(tmp_path / "tuned.keras")
    np.testing.assert_array_equal(loaded.predict(images, verbose=0), tuned.predict(images, verbose=0))


@pytest.mark.slow
def test_a_released_model_by_name():
    tuned = finetune("lm_resnet20-cifar10", pictures(8, size=20), 2, head_epochs=1, epochs=0)
    released = zoo.load("lm_resnet20-cifar10")
    assert all(same(weights(tuned, "rest"), weights(released, "rest")))


def test_two_rates_by_hand():
    """One update without momentum moves the head by −α g and the rest by −0.1 α g."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, name="a"), keras.layers.Dense(1, name="b")])
    a, b = (layer.kernel for layer in model.layers)
    a.assign([[2.0]])
    b.assign([[3.0]])
    optimizer = TwoRates(0.01, [b.path], 0.1, momentum=0.0, nesterov=False)
    model.compile(optimizer, "mse")
    model.train_on_batch(np.ones((1, 1)), np.zeros((1, 1)))
    # loss (a b)² with a b = 6: gradients 2·6·3 = 36 and 2·6·2 = 24
    assert float(a[0, 0]) == pytest.approx(2 - 0.001 * 36)
    assert float(b[0, 0]) == pytest.approx(3 - 0.01 * 24)
    assert TwoRates.from_config(optimizer.get_config()).rate == 0.1


@pytest.mark.parametrize(
    ("data", "arguments", "message"),
    [
        (None, {"batch_normalization": "freeze"}, "Did you mean 'frozen'"),
        (None, {"classes": 1}, "classes=1"),
        (np.zeros((4, 16, 16, 3)), {}, "images"),
        ((np.zeros((4, 16, 16, 3)), np.zeros(3, int)), {}, r"labels \(3,\)"),
        ((np.zeros((4, 16, 16, 2)), np.zeros(4, int)), {}, r"\(4, 16, 16, 2\)"),
        ((np.zeros((4, 16, 16, 3)), np.array([0, 1, 2, 1])), {}, r"0\.\.1"),
        ((np.zeros((4, 16, 16, 3)), np.zeros(4)), {}, "whole numbers"),
        ((np.zeros((0, 16, 16, 3)), np.zeros(0, int)), {}, "at least 1"),
    ],
)
def test_bad_input(source, data, arguments, message):
    arguments = {"classes": 2, **arguments}
    with pytest.raises(ValueError, match=message):
        finetune(source, pictures() if data is None else data, **arguments)
