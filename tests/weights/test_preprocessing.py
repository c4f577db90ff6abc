"""How pictures are brought to a model is said by its row, and stays known to the model."""

import dataclasses
import json

import keras

import zoo
from zoo import applications, weights
from zoo.cli import facts
from zoo.release import brought
from zoo.weights import Converted, Preprocessing

BICUBIC = Preprocessing(crop=0.9, interpolation="bicubic", assumed=("crop",))


def test_the_rows_of_others_say_what_their_sources_say():
    converted = [row for row in weights.available() if isinstance(row.provenance, Converted)]
    assert converted
    for row in converted:
        assert row.task.preprocessing == brought.of(row.provenance.layout, row.dataset), row.name
        assert set(row.task.preprocessing.assumed) <= {field.name for field in dataclasses.fields(Preprocessing)}
    assert weights.get("resnet18v2-imagenet").task.preprocessing == Preprocessing(crop=0.9, interpolation="bicubic")
    assert weights.get("resnet50v2-imagenet").task.preprocessing.assumed == ("crop", "interpolation")
    assert weights.get("resnet20-cifar10.imgclsmob").task.preprocessing == Preprocessing()


def test_what_is_said_of_a_release_names_what_is_assumed():
    shown = facts.of(weights.get("resnet50v2-imagenet"))
    assert "size         299×299×3" in shown
    assert "crop         centre, 87.5 % of the shorter side (assumed: the source does not say)" in shown
    assert "resize       bilinear (assumed: the source does not say)" in shown
    assert "resize       bicubic" in facts.of(weights.get("resnet18v2-imagenet"))


def test_a_model_knows_how_pictures_come_to_it_also_from_a_file(released, install, tmp_path):
    row, _, _ = released
    row = dataclasses.replace(row, task=dataclasses.replace(row.task, preprocessing=BICUBIC))
    assert weights.Checkpoint.from_row(json.loads(json.dumps(row.row()))) == row
    install(row)
    model = zoo.load(row.name)
    assert applications.preprocessing(model) == BICUBIC
    model.save(tmp_path / "model.keras")
    assert applications.preprocessing(keras.saving.load_model(tmp_path / "model.keras")) == BICUBIC
    folder = zoo.save(model, tmp_path / "preset")
    assert applications.preprocessing(zoo.load(folder)) == BICUBIC
    assert Preprocessing.from_row(json.loads((folder / "config.json").read_text())["preprocessing"]) == BICUBIC
    applications.identify(model, [*"jihgfedcba"])
    assert applications.preprocessing(model) == Preprocessing(), "its classes are others: it was trained anew"
    assert applications.preprocessing(applications.LMResNet(weights=None, depth=8)) == Preprocessing()
