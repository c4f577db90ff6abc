"""What fine-tuning takes as data, and what it tells while it runs."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from zoo import applications
from zoo.data import folders
from zoo.training.finetuning.arguments import Options
from zoo.training.finetuning.from_data import finetune, tune

QUICK = {"head_epochs": 2, "epochs": 0, "augment": False, "batch_size": 12}


@pytest.fixture(scope="module")
def network():
    return applications.LMResNet(weights=None, depth=8, input_shape=(8, 8, 3), classes=5)


IMAGES = np.random.default_rng(0).integers(0, 256, (12, 8, 8, 3)).astype(np.uint8)
NUMBERS = np.arange(12) % 3


def head(model):
    return model.get_layer("predictions").kernel.numpy()


@pytest.fixture(scope="module")
def plain(network):
    return head(finetune(network, (IMAGES, NUMBERS), 3, **QUICK))


@pytest.mark.slow
@pytest.mark.parametrize(
    "labels",
    [np.eye(3)[NUMBERS], np.eye(3, dtype=bool)[NUMBERS], NUMBERS[:, None]],
    ids=["one-hot", "boolean", "column"],
)
def test_labels_in_other_shapes_are_the_same_labels(network, plain, labels):
    assert np.array_equal(head(finetune(network, (IMAGES, labels), 3, **QUICK)), plain)


@pytest.mark.slow
def test_a_dataset_in_one_batch_is_the_arrays(network, plain):
    """The order in the batch is another, so that sums are rounded otherwise."""
    dataset = tf.data.Dataset.from_tensor_slices((IMAGES, keras.ops.one_hot(NUMBERS, 3))).batch(12)
    np.testing.assert_allclose(head(finetune(network, dataset, 3, **QUICK)), plain, atol=1e-5)


class Told:
    """What progress was told."""

    def __init__(self):
        self.updates, self.rows = [], []

    def reading(self, done, total): ...

    def update(self, done, total):
        self.updates.append((done, total))

    def epoch(self, row):
        self.rows.append(row)

    def stopped(self, row): ...


@pytest.mark.slow
def test_a_dataset_of_its_own_batches_and_pictures_that_are_held_out(network):
    """Five pictures and then four, of another size and grey, in both phases; a pass is two updates."""
    grey = np.random.default_rng(1).integers(0, 256, (9, 10, 12)).astype(np.float32)
    dataset = tf.data.Dataset.from_tensor_slices((grey, NUMBERS[:9])).batch(5)
    told = Told()
    tune(network, dataset, 3, None, Options(1, 2), validation_data=dataset, progress=told)
    assert told.updates == [(done, 6) for done in range(7)], "told before the first update, which is compiled"
    assert [(row.phase, row.epoch, row.epochs) for row in told.rows] == [("head", 1, 1), ("all", 1, 2), ("all", 2, 2)]
    for row in told.rows:
        assert row.loss > 0
        assert round(9 * row.accuracy, 4) % 1 == round(9 * row.held_out, 4) % 1 == 0


SLICES = tf.data.Dataset.from_tensor_slices((IMAGES, NUMBERS))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (SLICES, r"add \.batch\(32\)"),
        (SLICES.batch(4).repeat(), r"leave out its \.repeat\(\)"),
        (SLICES.batch(4).map(lambda images, labels: images), "pairs"),
        (SLICES.batch(4).take(0), "is empty"),
        (SLICES.batch(4).map(lambda images, labels: (tf.cast(images, tf.float32) / 255, labels)), "divided by 255"),
        ((IMAGES / 255, NUMBERS), "divided by 255"),
        ((IMAGES - 300.0, NUMBERS), r"0\.\.255"),
        ((IMAGES, np.eye(4)[NUMBERS]), "rows of 3 zeros with a single 1"),
        ((IMAGES, np.ones((12, 3))), "with other rows"),
    ],
    ids=["elements", "endless", "pictures alone", "empty", "scaled", "scaled", "negative", "4 classes", "no one-hot"],
)
def test_data_that_does_not_fit_says_what_to_do(network, data, message):
    with pytest.raises(ValueError, match=message):
        finetune(network, data, 3, **QUICK)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"learning_rate": 0.0}, "learning_rate must be greater than 0"),
        ({"trunk_rate": -1.0}, "trunk_rate must be at least 0"),
        ({"batch_size": 0}, "batch_size=0"),
        ({"labels": ("rose",)}, "Expected 3 labels"),
    ],
)
def test_arguments_are_looked_at_before_the_data(network, arguments, message):
    with pytest.raises(ValueError, match=message):
        finetune(network, "no data at all", 3, **arguments)


@pytest.mark.slow
def test_a_loss_that_is_not_finite_says_what_to_lower(network):
    with pytest.raises(FloatingPointError, match="Lower the learning rate"):
        finetune(network, (IMAGES, NUMBERS), 3, head_epochs=0, epochs=8, learning_rate=1e38, batch_size=6)


def test_reading_folders_says_how_far_it_is_from_the_start(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        Image.new("RGB", (8, 8)).save(tmp_path / name / "0.png")
    (tmp_path / "b" / "1.png").write_text("no picture")
    told = []
    images, numbers = folders.read(
        tmp_path, {"a": 0, "b": 1}, (8, 8, 3), lambda *_: None, lambda *counts: told.append(counts)
    )
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert (images.shape, list(numbers)) == ((2, 8, 8, 3), [0, 1])
