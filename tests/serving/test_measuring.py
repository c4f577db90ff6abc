"""What a folder's README says of each setting: accuracy on pictures of arrays and folders, evaluations, the count."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from zoo.serving.exporting import beside, classifier, measuring
from zoo.serving.exporting.labelled import labelled

LABELS = ("dark", "light")


def signature(edge):
    """It calls a picture light from a grey level on, after as many evaluations."""

    def answer(image_bytes):
        levels = np.array([tf.io.decode_png(data).numpy().mean() for data in image_bytes])
        return {"probabilities": tf.one_hot(tf.cast(levels >= edge, tf.int32), 2), "nfe": tf.fill(levels.shape, edge)}

    return answer


SIGNATURES = {"serving_default": signature(128), "serving_steps_1": signature(64)}
ONE = np.zeros((1, 4, 4, 3), np.uint8)


@pytest.fixture(scope="module")
def model():
    layers = [keras.Input((4, 4, 3)), keras.layers.Flatten(), keras.layers.Dense(2, "softmax")]
    return keras.Sequential(layers, name="mini")


def test_a_folder_of_folders_and_an_array_give_the_same(tmp_path, model):
    levels, classes = np.array([0, 100, 200, 250, 90]), np.array([0, 0, 1, 1, 1])
    for number, (level, label) in enumerate(zip(levels, classes, strict=True)):
        path = tmp_path / LABELS[label] / f"{number}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(np.full((6, 5), level, np.uint8)).save(path)
    (tmp_path / "dark" / "broken.png").write_text("no picture")
    images = np.broadcast_to(levels[:, None, None, None], (5, 4, 4, 1)).astype(np.uint8)
    folder = measuring.measured(SIGNATURES, ONE, labelled(model, LABELS, tmp_path))
    array = measuring.measured(SIGNATURES, ONE, labelled(model, LABELS, (images, classes)))
    assert [(row.accuracy, row.nfe) for row in folder.rows] == [(80.0, 128.0), (80.0, 64.0)]
    assert [(row.accuracy, row.nfe) for row in array.rows] == [(80.0, 128.0), (80.0, 64.0)]
    assert (folder.count, folder.total, folder.unreadable) == (5, 6, 1)
    readme = beside.texts(classifier.classifier(model), folder)["README.md"]
    assert "Top-1 on 5 pictures; 1 could not be read." in readme
    assert "| `serving_steps_1` | 64.0 |" in readme


def test_measuring_ends_and_says_of_how_many(model, monkeypatch):
    monkeypatch.setattr(measuring, "MOST_SECONDS", -1.0)
    classes = np.arange(300) % 2
    images = np.broadcast_to(250 * classes[:, None, None], (300, 4, 4)).astype(np.uint8)
    found = measuring.measured(SIGNATURES, ONE, labelled(model, LABELS, (images, classes)))
    assert (found.count, found.total, found.rows[0].accuracy) == (256, 300, 100.0)
    readme = beside.texts(classifier.classifier(model), found)["README.md"]
    assert "Top-1 on 256 pictures of 300, drawn at random" in readme


def test_what_is_not_to_be_measured_on(tmp_path, model):
    for source, message in {
        "Expected a class number for each of 2": (np.zeros((2, 4, 4)), np.zeros(3)),
        "whole numbers from 0 to 255": (np.full((2, 4, 4), 0.5), np.zeros(2)),
    }.items():
        with pytest.raises(ValueError, match=source):
            labelled(model, LABELS, message)
    (tmp_path / "blue").mkdir()
    with pytest.raises(ValueError, match="blue"):
        labelled(model, LABELS, tmp_path)
    (tmp_path / "blue").rename(tmp_path / "dark")
    (tmp_path / "dark" / "broken.png").write_text("no picture")
    with pytest.raises(ValueError, match="None of 1 pictures can be read"):
        measuring.measured(SIGNATURES, ONE, labelled(model, LABELS, tmp_path))
