"""ImageNet's recipes, on a few made-up pictures in folders."""

import csv
import dataclasses

import keras
import numpy as np
import pytest
from PIL import Image

from zoo.data import imagenet, sources
from zoo.training import recipes
from zoo.training import run as training
from zoo.training.schedule import scheduled

NAME = "resnet50v2-imagenet.90"
TINY = dataclasses.replace(
    recipes.get(NAME),
    application="ResNet",
    kwargs={"depth": 8},
    epochs=3,
    batch_size=4,
    size=16,
    learning_rate=0.1,
)
"""Of a small network, which is quickly compiled."""
pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path):
    """Dark pictures of one class and bright ones of another, to train and to measure on."""
    generator = np.random.default_rng(0)
    for part, count in (("train", 8), ("val", 4)):
        for number in range(count):
            bright = number % 2
            file = tmp_path / "pictures" / part / imagenet.wnids()[[134, 517][bright]] / f"{number}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            picture = generator.integers(0, 80, (40, 50, 3)) + 150 * bright
            Image.fromarray(picture.astype(np.uint8)).save(file)
    return tmp_path / "pictures"


def smallest():
    """A network of the mean colour alone."""
    keras.utils.set_random_seed(0)
    image = keras.Input((TINY.size, TINY.size, 3))
    colour = keras.layers.GlobalAveragePooling2D()(keras.layers.Rescaling(1 / 255)(image))
    return keras.Model(image, keras.layers.Dense(1000, "softmax", name="predictions")(colour))


def test_the_rates_fall_at_the_published_epochs():
    for epochs, drops in ((90, (30, 60)), (300, (75, 150, 225))):
        recipe = recipes.get(f"lm_resnet50-imagenet.{epochs}")
        assert (recipe.batch_size, recipe.l2, recipe.size, recipe.crop_area) == (256, 1e-4, 224, (0.08, 1.0))
        rate = scheduled(recipe, 5004 * epochs)
        for number, epoch in enumerate(drops):
            before, after = float(rate(5004 * epoch - 1)), float(rate(5004 * epoch))
            assert before == pytest.approx(0.1**number * 0.1)
            assert after == pytest.approx(0.1 * before)


def test_a_run_that_was_interrupted_goes_on_to_the_same_bits(folder, tmp_path):
    data = sources.imagenet(folder, TINY.size)
    whole = smallest()
    training.run(whole, TINY, data, tmp_path / "whole")

    def fail(update, updates, row):
        if update == 3:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        training.run(smallest(), TINY, data, tmp_path / "run", every=1, report=fail)
    resumed = smallest()
    training.run(resumed, TINY, data, tmp_path / "run", resume=True)
    for one, other in zip(whole.variables, resumed.variables, strict=True):
        np.testing.assert_array_equal(one, other)
    rows = csv.DictReader((tmp_path / "run" / "log.csv").read_text().splitlines())
    losses = [float(row["loss"]) for row in rows]
    assert len(losses) == 3
    assert losses[-1] < losses[0] < 12


def test_train_reads_a_folder_and_measures_on_val(run, folder, tmp_path, monkeypatch):
    monkeypatch.setitem(recipes.RECIPES, NAME, dataclasses.replace(TINY, epochs=1))
    code, out, err = run("train", NAME, "--data", folder, "--out", tmp_path / "run")
    assert code == 0, err
    assert "top-1 " in out
    assert "top-5 " in out
    assert out.count("of 4 pictures)") == 2
    code, _, err = run("train", NAME, "--data", folder / "val", "--out", tmp_path / "other")
    assert code == 1
    assert "There is no folder" in err
