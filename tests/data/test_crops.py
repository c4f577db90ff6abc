"""Inception's random crop, and batches of pictures that stay on the disk."""

import dataclasses
import logging

import keras
import numpy as np
import pytest
from PIL import Image

from zoo.data import crops, imagenet, inception, sources
from zoo.training.recipes import Recipe

RECIPE = Recipe(
    "tiny-imagenet.2", "ResNetV2", {"depth": 26, "width": 4}, "imagenet", 2, 4, crop_area=(0.08, 1.0), size=16
)
WNIDS = imagenet.wnids()


@pytest.fixture
def folder(tmp_path):
    """Ten pictures of two classes, each of one colour but for a dark left half."""
    for number in range(10):
        file = tmp_path / "train" / WNIDS[3 + 4 * (number % 2)] / f"{number}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        picture = np.full((20, 30 + number, 3), 20 * number + 10, np.uint8)
        picture[:, :15] = 0
        Image.fromarray(picture).save(file)
    return tmp_path


def test_a_crop_has_the_published_area_and_ratio():
    generator = np.random.default_rng(0)
    boxes = np.array([inception.box(300, 400, generator) for _ in range(2000)])
    wide, high = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    assert (boxes[:, :2] >= 0).all()
    assert (boxes[:, 2:] <= [400, 300]).all()
    share, ratio = wide * high / (300 * 400), wide / high
    assert 0.078 < share.min() < 0.1
    assert share.max() > 0.9
    assert 0.74 < ratio.min() < 0.76
    assert 1.32 < ratio.max() < 1.35
    assert abs(np.log(ratio[share < 0.5]).mean()) < 0.02, "where all fit, as often wide as high"
    assert len(set(boxes[:, 0])) > 100
    # nothing fits into a strip: its largest centre with a ratio in range
    np.testing.assert_allclose(inception.box(3, 90, generator, (1.0, 1.0)), (43, 0, 47, 3))


def test_a_picture_is_a_function_of_seed_epoch_and_place_alone(folder, monkeypatch):
    data = sources.imagenet(folder, 16)
    assert data.test is None
    made = crops.of(RECIPE, data)
    assert (made.steps, made.updates, len(made)) == (2, 4, 4)
    images, numbers = made.batch(2)
    assert images.shape == (4, 16, 16, 3)
    assert set(numbers) <= {3, 7}
    again = crops.of(RECIPE, data)
    again.start = 1
    fed = list(again.feed())
    assert len(fed) == 3
    for update, (theirs, classes) in zip((1, 2, 3), fed, strict=True):
        ours, own = made.batch(update)
        np.testing.assert_array_equal(ours, theirs)
        np.testing.assert_array_equal(own, classes)
    assert not np.array_equal(made.batch(0)[0], made.batch(2)[0]), "another epoch"
    other = crops.of(dataclasses.replace(RECIPE, seed=1), data)
    assert not np.array_equal(other.batch(2)[0], images)
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    assert again.feed() is again
    np.testing.assert_array_equal(again[1][0], images)


def test_half_of_the_pictures_are_mirrored(folder):
    whole = dataclasses.replace(RECIPE, crop_area=(1.0, 1.0), epochs=20, batch_size=10)
    made = crops.of(whole, sources.imagenet(folder, 16))
    dark_left = [image[:, 0].max() < image[:, -1].max() for update in range(20) for image in made.batch(update)[0]]
    assert 70 < sum(dark_left) < 130
    straight = crops.of(dataclasses.replace(whole, flip=False), sources.imagenet(folder, 16))
    assert all(image[:, 0].max() <= image[:, -1].max() for image in straight.batch(0)[0])


def test_a_broken_picture_is_told_once_and_the_next_stands_in_its_place(folder, caplog):
    (folder / "train" / WNIDS[3] / "0.png").write_text("no picture")
    made = crops.of(dataclasses.replace(RECIPE, batch_size=10), sources.imagenet(folder, 16))
    with caplog.at_level(logging.WARNING, "zoo"):
        numbers = [made.batch(update)[1] for update in range(2)]
    assert [len(each) for each in numbers] == [10, 10]
    assert caplog.text.count("0.png: not a readable picture") == 1
    for file in folder.glob("train/*/*.png"):
        file.write_text("no picture")
    with pytest.raises(ValueError, match="99 pictures after it"):
        made.picture(0)


def test_smoothed_labels_are_rows_and_what_is_not_there_is_named(folder):
    data = sources.imagenet(folder, 16)
    smooth = crops.of(dataclasses.replace(RECIPE, label_smoothing=0.1), data)
    targets = smooth.batch(0)[1]
    assert targets.shape == (4, 1000)
    np.testing.assert_array_equal(targets.argmax(axis=1), crops.of(RECIPE, data).batch(0)[1])
    np.testing.assert_array_equal(next(iter(smooth.feed()))[1], targets)
    with pytest.raises(ValueError, match="validation=3"):
        crops.of(dataclasses.replace(RECIPE, validation=3), data)
    for path in (None, folder / "train"):
        with pytest.raises(ValueError, match="Expected \\(--data\\) a folder with train and val"):
            sources.imagenet(path)


def test_pictures_of_tensorflow_datasets():
    tfds = pytest.importorskip("tensorflow_datasets")
    with tfds.testing.mock_data(num_examples=4):
        data = sources.imagenet("tfds:imagenet2012", 16)
        made = crops.of(dataclasses.replace(RECIPE, batch_size=2), data)
        images, numbers = made.batch(0)
        with data.test.opened(1) as (picture, number):
            assert picture.mode == "RGB"
            assert 0 <= number < 1000
        assert (len(data.train), images.shape, len(numbers)) == (4, (2, 16, 16, 3), 2)
        assert data.train.name(1) == "tfds:imagenet2012/train, picture 1"
        with pytest.raises(ValueError, match="tfds:cifar10 has other classes"):
            sources.imagenet("tfds:cifar10")
