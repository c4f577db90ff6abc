"""The accuracy of a model on a folder of pictures."""

import dataclasses

import keras
import numpy as np
import pytest
from PIL import Image

from zoo import applications, serving, weights
from zoo.analysis.accuracy import Score, right, top1
from zoo.data import imagenet, pictures

PICTURES = np.random.default_rng(0).integers(0, 256, (12, 40, 52, 3), dtype=np.uint8)


def folder(path, names):
    for number, picture in enumerate(PICTURES):
        file = path / names[number % len(names)] / f"{number}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(file)
    return path


def test_the_right_class_is_among_the_best_of_a_row():
    scores = np.array([[0.1, 0.5, 0.4], [0.2, 0.2, 0.6], [np.nan, 0.9, 0.1], [0.3, 0.3, 0.3]])
    labels = np.array([2, 1, 1, 1])
    assert list(right(scores, labels)) == [False] * 4
    assert list(right(scores, labels, 2)) == [True, False, False, True]
    assert list(right(scores, labels, 3)) == [True, True, False, True]


@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_top_1_and_top_5_of_a_folder_called_by_wordnet_numbers(tmp_path, backend, monkeypatch):
    model = applications.ResNet50V2.root(weights=None, depth=26, width=4, input_shape=(32, 32, 3))
    answers = iter(np.random.default_rng(1).permutation(12))
    monkeypatch.setattr(model, "predict_on_batch", lambda x: np.stack([_rank(next(answers)) for _ in x]))
    applications.identify(model, imagenet.labels())
    monkeypatch.setattr(keras.backend, "backend", lambda: backend)
    scores = serving.scores_on_folder(model, folder(tmp_path / "val", [imagenet.wnids()[7]]), pytest.fail, batch_size=5)
    assert scores == {"top-1": Score(1, 12), "top-5": Score(5, 12)}


def _rank(rank):
    """Scores of which that of class 7 is the best but ``rank``."""
    scores = np.zeros(1000)
    scores[500 : 500 + rank], scores[7] = 2, 1
    return scores


def test_a_folder_is_measured_as_the_row_says_and_a_broken_picture_is_told(run, released, install, tmp_path):
    row, model, _ = released
    way = weights.Preprocessing(crop=0.75, interpolation="bicubic")
    install(dataclasses.replace(row, task=dataclasses.replace(row.task, preprocessing=way)))
    own = folder(tmp_path / "pictures", "abcd")
    code, out, _ = run("evaluate", row.name, "--data", own)
    images = np.stack(
        [pictures.read_fitted(file, (32, 32), 3, 0.75, "bicubic") for file in sorted(own.glob("*/*.png"))]
    )
    expected = top1(model, images, np.repeat(np.arange(4), 3))
    assert code == 0
    assert f"top-1 {expected.percent:.2f} % ({expected.correct} of 12 pictures)" in out
    assert "manifest: top-1 10.00 %" in out
    (own / "a" / "broken.png").write_text("no picture")
    (own / "stray.png").write_text("no picture")
    code, broken, err = run("evaluate", row.name, "--data", own)
    assert (code, broken) == (1, out)
    assert "broken.png: not a readable picture" in err
    assert "stray.png: lies beside the folders" in err
