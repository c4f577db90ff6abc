"""Pictures at a model's size, in batches, by the names of their folders."""

import threading

import keras
import numpy as np
import pytest
from PIL import Image

from zoo.data import folder_names, folders, imagenet, pictures, streams

WAVES = np.add.outer(127 + 100 * np.sin(np.arange(96) / 9), 20 * np.cos(np.arange(144) / 7))[..., None]
SMOOTH = np.round(np.concatenate([WAVES, WAVES[::-1], 255 - WAVES], axis=-1)).clip(0, 255).astype(np.uint8)


RESAMPLING = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}


@pytest.mark.parametrize("interpolation", RESAMPLING)
@pytest.mark.parametrize("crop", [1.0, 0.875])
def test_the_centre_is_that_of_a_resize_of_the_shorter_side(tmp_path, crop, interpolation):
    Image.fromarray(SMOOTH).save(tmp_path / "a.png")
    ours = pictures.read_fitted(tmp_path / "a.png", (28, 28), 3, crop, interpolation)
    short = round(28 / crop)
    whole = Image.fromarray(SMOOTH).resize((short * 144 // 96, short), RESAMPLING[interpolation])
    left, top = (whole.width - 28) // 2, (whole.height - 28) // 2
    theirs = np.asarray(whole.crop((left, top, left + 28, top + 28)), int)
    assert np.abs(ours - theirs)[1:-1, 1:-1].max() <= 1.5  # a grey level, and what Pillow rounds
    grey = pictures.read_fitted(tmp_path / "a.png", (28, 28), 1, crop, interpolation)
    assert np.abs(grey[..., 0] - ours @ [0.299, 0.587, 0.114]).max() < 1e-3


def test_a_picture_of_the_right_size_stays_as_it_is_and_a_narrow_one_is_no_burden(tmp_path):
    Image.fromarray(SMOOTH[:32, :32]).save(tmp_path / "same.png")
    np.testing.assert_allclose(pictures.read_fitted(tmp_path / "same.png", (32, 32)), SMOOTH[:32, :32], atol=1e-3)
    Image.new("RGB", (60_000, 1), "red").save(tmp_path / "narrow.png")
    narrow = pictures.read_fitted(tmp_path / "narrow.png", (8, 8), crop=0.875)
    np.testing.assert_allclose(narrow, [[[255, 0, 0]] * 8] * 8, atol=1e-3)


@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_batches_come_in_order_a_few_at_a_time_and_without_what_is_broken(backend, monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: backend)
    started, lock = [], threading.Lock()

    def read(row):
        with lock:
            started.append(row)
        if row == 5:
            raise ValueError("broken")
        return np.full((2, 2, 3), row, np.float32), row % 7

    monkeypatch.setattr(streams, "READERS", 2)
    found = streams.batches(range(100, 0, -1), read, (2, 2, 3), 4)
    first = next(found)
    assert len(started) < 50, "it reads ahead, but not everything"
    batches = [first, *found]
    rows = np.concatenate([batch.rows for batch in batches])
    assert list(rows) == [row for row in range(100, 0, -1) if row != 5]
    assert all((batch.images == batch.rows[:, None, None, None]).all() for batch in batches)
    assert all((batch.numbers == batch.rows % 7).all() for batch in batches)
    assert {row: error for batch in batches for row, error in batch.errors.items()} == {5: "broken"}
    assert [len(batch.rows) for batch in batches] == [4] * 23 + [3] + [4]


def test_the_folder_of_a_class_is_called_by_its_label_or_its_wordnet_number(tmp_path):
    assert folder_names.numbers(("T-shirt/top", "bag")) == {"T-shirt_top": 0, "bag": 1}
    known = folder_names.numbers(imagenet.labels())
    assert set(known.values()) == set(range(1000))
    for number, (wnid, label) in enumerate(imagenet.classes()):
        assert known[wnid] == number
        assert known.get(label.replace("/", "_"), number) == number
    assert known["crane (bird)"] == known["n02012849"] == 134
    assert known["crane (machine)"] == known["n03126707"] == 517
    for name in ("n03126707", "tench"):
        (tmp_path / name).mkdir()
        Image.new("RGB", (8, 8)).save(tmp_path / name / "0.png")
    assert folders.listed(tmp_path, known) == [
        (tmp_path / "n03126707" / "0.png", 517),
        (tmp_path / "tench" / "0.png", 0),
    ]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("crane", r"n02012849 \(crane \(bird\)\) or n03126707 \(crane \(machine\)\)"),
        ("maillot", "n03710637 .* or n03710721 "),
        ("tensh", "is no class. Unknown class: 'tensh'. Did you mean 'tench'"),
    ],
)
def test_a_folder_that_could_be_of_two_classes_or_none_is_refused(name, message, tmp_path):
    (tmp_path / name).mkdir()
    with pytest.raises(ValueError, match=message):
        folders.listed(tmp_path, folder_names.numbers(imagenet.labels()))
