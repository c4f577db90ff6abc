"""Data sets, batches and augmentation as functions of (seed, epoch, step)."""

import keras
import numpy as np
import pytest

from zoo.data import datasets as data
from zoo.data.augment import flip_and_crop
from zoo.data.batches import Batches


def write(path, **changes):
    generator = np.random.default_rng(0)
    arrays = {
        "x_train": generator.integers(0, 256, (20, 32, 32, 3)).astype(np.uint8),
        "y_train": np.arange(20).astype(np.uint8)[:, None] % 10,
        "x_test": generator.integers(0, 256, (10, 32, 32, 3)).astype(np.uint8),
        "y_test": np.arange(10).astype(np.uint8),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **{**arrays, **changes})
    return path


def test_load_from_the_data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("ZOO_DATA", str(tmp_path))
    write(tmp_path / "cifar10.npz")
    dataset = data.load("cifar10")
    assert dataset.x_train.shape == (20, 32, 32, 3)
    assert dataset.y_train.shape == (20,)
    assert dataset.y_train.dtype == np.int32
    assert dataset.classes[3] == "cat"


def test_grey_images_get_a_channel(tmp_path):
    grey = np.zeros((10, 28, 28), np.uint8)
    path = write(tmp_path / "mnist.npz", x_train=grey, y_train=np.zeros(10, np.uint8), x_test=grey)
    assert data.load("mnist", path).x_test.shape == (10, 28, 28, 1)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x_train": np.zeros((20, 32, 32, 3))}, "float64"),
        ({"x_test": np.zeros((10, 28, 28), np.uint8)}, r"\(n, 32, 32, 3\).*\(10, 28, 28, 1\)"),
        ({"x_train": np.zeros((19, 32, 32, 3), np.uint8)}, r"labels \(20, 1\)"),
        ({"y_test": np.full(10, 10)}, r"0\.\.9"),
        ({"x_test": np.zeros((0, 32, 32, 3), np.uint8), "y_test": np.zeros(0)}, r"\(0, 32"),
    ],
)
def test_arrays_that_are_not_the_data_set_are_refused(tmp_path, changes, message):
    with pytest.raises(ValueError, match=message):
        data.load("cifar10", write(tmp_path / "cifar10.npz", **changes))


def test_damaged_missing_and_unknown_data(tmp_path):
    whole = write(tmp_path / "whole.npz").read_bytes()
    (tmp_path / "half.npz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match=r"half.npz is not a readable"):
        data.load("cifar10", tmp_path / "half.npz")
    with pytest.raises(FileNotFoundError, match="absent.npz"):
        data.load("cifar10", tmp_path / "absent.npz")
    with pytest.raises(ValueError, match="cifar10"):
        data.load("cifar")


def test_offline_downloads_no_data(monkeypatch):
    monkeypatch.setenv("ZOO_OFFLINE", "1")
    monkeypatch.setattr(keras.datasets.cifar10, "load_data", lambda: pytest.fail("asked the network"))
    with pytest.raises(ConnectionError, match="ZOO_OFFLINE"):
        data.load("cifar10")


def test_without_a_file_keras_downloads(monkeypatch, tmp_path):
    monkeypatch.setattr(keras.datasets.cifar10, "load_data", lambda: (_ for _ in ()).throw(Exception("no network")))
    with pytest.raises(ConnectionError, match=r"cifar10.npz.*no network.*ZOO_DATA"):
        data.load("cifar10")
    x, y = np.zeros((3, 32, 32, 3), np.uint8), np.zeros((3, 1), np.uint8)
    monkeypatch.setattr(keras.datasets.cifar10, "load_data", lambda: ((x, y), (x, y)))
    assert data.load("cifar10").y_test.shape == (3,)


def batches(seed=0, augment=False, size=32, epochs=4):
    images = np.arange(100, dtype=np.uint8).reshape(100, 1, 1, 1) * np.ones((1, 8, 8, 3), np.uint8)
    return Batches(images, np.arange(100), size, epochs, seed, augment)


def labels(made, epoch):
    return np.concatenate([made[3 * epoch + step][1] for step in range(3)])


def test_every_epoch_visits_each_image_at_most_once_in_a_new_order():
    made = batches()
    first, second = labels(made, 0), labels(made, 1)
    assert len(made) == made.updates == 4 * made.steps == 12
    assert len(first) == len(set(first)) == 96
    assert not np.array_equal(first, second)


def test_a_batch_depends_on_seed_epoch_and_step_alone():
    made = batches(seed=3, augment=True)
    images, numbers = made[7]
    made[0]
    other = batches(seed=3, augment=True)
    other.start = 5
    assert len(other) == 7
    for again in (made[7], other[2]):
        np.testing.assert_array_equal(again[0], images)
        np.testing.assert_array_equal(again[1], numbers)
    assert not np.array_equal(batches(seed=4)[7][1], numbers)
    assert not np.array_equal(batches(seed=3)[7][0], images)


def test_labels_stay_with_their_images():
    images, numbers = batches()[0]
    np.testing.assert_array_equal(images[:, 0, 0, 0], numbers)


def test_fewer_images_than_a_batch():
    with pytest.raises(ValueError, match="at least one batch of 128 images. Received: 100"):
        batches(size=128)


def test_augmentation_is_a_shift_and_a_mirror_of_each_image():
    """Against a plain search: each result is one of the 81 · 2 crops of its padded image."""
    images = np.random.default_rng(0).integers(1, 256, (40, 8, 8, 3)).astype(np.uint8)
    results = flip_and_crop(images, np.random.default_rng(1))
    assert results.dtype == np.uint8
    found = []
    for image, result in zip(images, results, strict=True):
        padded = np.pad(image, ((4, 4), (4, 4), (0, 0)))
        crops = {
            (top, left, mirror): padded[top : top + 8, left : left + 8][:, :: -1 if mirror else 1]
            for top in range(9)
            for left in range(9)
            for mirror in (False, True)
        }
        (key,) = [key for key, crop in crops.items() if np.array_equal(crop, result)]
        found.append(key)
    assert len(set(found)) > 30


def test_augmentation_reaches_every_shift_and_mirrors_half():
    position = np.zeros((20_000, 9, 9, 1), np.uint8)
    position[:, 4, 3] = 1
    results = flip_and_crop(position, np.random.default_rng(0))
    rows, columns = np.nonzero(results.sum(axis=0)[..., 0])
    assert set(rows) == set(range(9))
    assert set(columns) == set(range(9))
    # column 8 needs a mirror image: from 3 + shift (−4 … 4) it cannot be reached
    share = results[:, :, 8].sum() / len(results)
    assert share == pytest.approx(0.5 / 9, abs=4 * np.sqrt(0.5 / 9 / 20_000))


def test_augmentation_without_a_mirror():
    """It is the one with a mirror, where that has not mirrored: digits keep their sense."""
    images = np.random.default_rng(0).integers(1, 256, (40, 8, 8, 1)).astype(np.uint8)
    plain, mirrored = (flip_and_crop(images, np.random.default_rng(1), flip=flip) for flip in (False, True))
    same = [np.array_equal(one, other) for one, other in zip(plain, mirrored, strict=True)]
    assert 0 < sum(same) < 40
    made = Batches(images, np.arange(40), 40, seed=3, augment=True, flip=False)
    expected = flip_and_crop(images[made.order(0)], np.random.default_rng((3, 0, 0)), flip=False)
    np.testing.assert_array_equal(made[0][0], expected)
