"""Pictures out of a flow: by seed and class, in a grid, and what cannot be sampled; the command; its training."""

import dataclasses
import re

import keras
import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import zoo
from zoo import applications
from zoo.cli.main import application
from zoo.data.datasets import MNIST, Dataset
from zoo.release import flows
from zoo.serving import flow_dial, flow_evaluation, sampling
from zoo.training import matching_recipes
from zoo.weights import file, keys

WAY = sampling.Way("euler", 2, 1.5, seed=3)
TINY = dataclasses.replace(
    matching_recipes.get("flownet-mnist"),
    kwargs={"channels": 16, "levels": 1},
    epochs=2,
    cycle=3,
    batch_size=32,
    steps=2,
    samples=2,
)


@pytest.fixture(scope="module")
def flow():
    keras.utils.set_random_seed(0)
    model = applications.FlowNet(weights=None, channels=16, levels=1)
    for weight in model.trainable_variables[-2:]:  # the last layer, which is at zero
        weight.assign(keras.random.normal(weight.shape, seed=1))
    return model


def digits(count):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (count, 28, 28, 1)).astype("uint8")
    return images, (np.arange(count) % 10).astype("int32")


def test_pictures_are_functions_of_the_seed_whatever_the_batches(flow):
    made = sampling.pictures(flow, np.array([1, 2, 3]), WAY)
    again = sampling.pictures(flow, np.array([1, 2, 3]), WAY, batch_size=2)
    assert made.pictures.dtype == "uint8"
    assert made.pictures.shape == (3, 28, 28, 1)
    assert made.nfe == again.nfe == 4
    assert np.abs(made.pictures.astype(int) - again.pictures).max() <= 1
    assert np.any(made.pictures != sampling.pictures(flow, np.array([1, 2, 3]), WAY._replace(seed=4)).pictures)


def test_classes_by_name_and_number(flow):
    np.testing.assert_array_equal(sampling.wanted(flow, "7", 3), [7, 7, 7])
    np.testing.assert_array_equal(sampling.wanted(flow, None, 12), [*range(10), 0, 1])
    clothes = applications.FlowNet("fashion_mnist", weights=None, channels=16)
    np.testing.assert_array_equal(sampling.wanted(clothes, "bag", 2), [8, 8])
    with pytest.raises(ValueError, match="Did you mean 'sneaker'"):
        sampling.wanted(clothes, "sneakers", 2)
    with pytest.raises(ValueError, match="class of flownet"):
        sampling.wanted(flow, "10", 2)


def test_what_cannot_be_sampled():
    with pytest.raises(ValueError, match="cannot be sampled"):
        sampling.check(applications.ResNetMNIST(weights=None))


def size(path):
    with Image.open(path) as picture:
        return picture.size


def test_a_grid(tmp_path):
    images = np.arange(3, dtype="uint8").reshape(3, 1, 1, 1) * np.ones((1, 4, 4, 1), "uint8")
    picture = np.asarray(sampling.grid(images, 2, scale=2, gap=1))
    assert picture.shape == (19, 19)
    assert (picture[1, 1], picture[1, 10], picture[10, 1], picture[10, 10], picture[0, 0]) == (0, 1, 2, 255, 255)
    path = sampling.save(sampling.grid(images, 2), tmp_path / "grid.png")
    assert size(path) == (22, 22)
    with pytest.raises(ValueError, match=r"ends in \.png"):
        sampling.save(sampling.grid(images, 2), tmp_path / "grid.jpg")


def test_the_command(flow, tmp_path, monkeypatch):
    monkeypatch.setattr("zoo.cli.models.load", lambda name: flow)
    out = tmp_path / "grid.png"
    words = ["sample", "any", "--count", "4", "--class", "3", "--solver", "euler", "--steps", "2", "--out", str(out)]
    done = CliRunner().invoke(application(), [*words, "--guidance", "2"])
    assert done.exit_code == 0, done.output
    assert "4 pictures, guidance 2, 4 evaluations" in done.output
    assert size(out) == (118, 118)
    ways, draw = [], sampling.pictures
    monkeypatch.setattr(sampling, "pictures", lambda *given: ways.append(given[2]) or draw(*given))
    assert CliRunner().invoke(application(), [*words, "--guidance", "2:0.4:0.6"]).exit_code == 0
    assert ways == [sampling.Way("euler", 2, (2.0, 0.4, 0.6), 0)]
    assert "guidance 1, 2 evaluations" in CliRunner().invoke(application(), words).output
    monkeypatch.setitem(flow.origin, "checkpoint", "flownet-mnist")
    assert "guidance 1.5, 4 evaluations" in CliRunner().invoke(application(), words).output
    with pytest.raises(ValueError, match="guidance must be a finite number"):
        CliRunner().invoke(application(), [*words, "--guidance", "nan"], catch_exceptions=False)


def test_a_bad_place_is_found_before_anything_is_sampled(flow, tmp_path, monkeypatch):
    monkeypatch.setattr("zoo.cli.models.load", lambda name: flow)
    monkeypatch.setattr(sampling, "pictures", None)
    for out, message in ((tmp_path / "a.jpg", r"ends in \.png"), (tmp_path / "no" / "a.png", "no folder")):
        with pytest.raises((ValueError, FileNotFoundError), match=message):
            CliRunner().invoke(application(), ["sample", "any", "--out", str(out)], catch_exceptions=False)


def test_evaluate_measures_as_the_recipe_says(flow, monkeypatch):
    data = Dataset("mnist", *digits(96), *digits(20), MNIST.labels)
    monkeypatch.setattr("zoo.cli.models.load", lambda name: flow)
    monkeypatch.setattr("zoo.data.datasets.load", lambda name, path: data)
    monkeypatch.setitem(flow.origin, "checkpoint", "flownet-mnist")
    monkeypatch.setitem(matching_recipes.MATCHING_RECIPES, "flownet-mnist", dataclasses.replace(TINY, samples=3))
    monkeypatch.setattr(flow_evaluation, "TOLERANCE", 0.1)
    done = CliRunner().invoke(application(), ["evaluate", "any", "--limit", "2"], catch_exceptions=False)
    assert "2 of 3 samples of each class: the figures of the manifest are of all" in done.output
    assert "over 2 test pictures" in done.output
    quality, nfe = flow_evaluation.quality(flow, TINY, data)
    for line in flow_evaluation.lines(quality, nfe, TINY, None):
        assert line in done.output
    assert "manifest: named as wanted" in done.output


def test_evaluate_measures_a_released_toy():
    done = CliRunner().invoke(application(), ["evaluate", "ffjord-8gaussians", "--limit", "300"])
    released = zoo.weights.get("ffjord-8gaussians").metrics[0].value
    assert float(re.search(r"nll (\S+) nats on 300 test points", done.output)[1]) == pytest.approx(released, abs=0.25)
    assert f"manifest: nll {released:.4f} nats" in done.output


def test_few_steps_change_the_samples(flow):
    rows = flow_dial.dial(flow, 1.0, 1, settings=(("euler", 1), ("euler", 4), ("euler", 8)))
    assert [row.nfe for row in rows] == [1, 4, 8]
    assert rows[0].change > rows[1].change > rows[2].change == 0
    assert rows[0].quality is None


def test_the_field_is_trained_in_the_precision_of_the_recipe_and_released_in_float32(tmp_path, monkeypatch):
    seen = []

    def run(model, *_):
        seen.append((model.flows[0].field.compute_dtype, model.flows[0].compute_dtype))
        path = tmp_path / "final.safetensors"
        path.write_bytes(file.packed(keys.arrays_of(model), {"name": model.name}))
        return path

    monkeypatch.setattr(flows.run, "run", run)
    recipe = dataclasses.replace(TINY, mixed_precision="mixed_bfloat16")
    _, final = flows.train(recipe, Dataset("mnist", *digits(2), *digits(2), MNIST.labels), tmp_path)
    assert seen == [("bfloat16", "float32")]
    assert flows.network(recipe, final).flows[0].field.compute_dtype == "float32"
    assert keras.config.dtype_policy().name == "float32"


def test_the_command_trains_in_the_precision_that_is_asked_for(monkeypatch):
    asked = []

    def train(recipe, *_, **options):
        asked.append(recipe.mixed_precision)
        raise OSError("enough")

    monkeypatch.setattr(flows, "train", train)
    monkeypatch.setattr("zoo.data.datasets.load", lambda *_: None)
    for more in ([], ["--precision", "bfloat16"]):
        assert str(CliRunner().invoke(application(), ["train", "flownet-mnist", *more]).exception) == "enough"
    assert asked == ["float32", "mixed_bfloat16"]


def test_a_run_makes_a_file_that_the_flow_takes(tmp_path, monkeypatch):
    monkeypatch.setattr(flow_evaluation, "TOLERANCE", 0.1)
    data = Dataset("mnist", *digits(96), *digits(20), MNIST.labels)
    model, final = flows.train(TINY, data, tmp_path / "whole")
    trained = model.flows[0].field.head.kernel.numpy()
    assert np.abs(trained).max() > 0
    again = flows.network(TINY, final)
    np.testing.assert_array_equal(again.flows[0].field.head.kernel, trained)
    bits = flow_evaluation.test_bits(again, TINY, data, count=2)
    assert 0 < bits.trace < bits.mean < 20
    assert bits.solver < 0.5
    assert bits.pictures == 2
    with pytest.raises(ValueError, match="another recipe"):
        flows.train(dataclasses.replace(TINY, seed=1), data, tmp_path / "whole", resume=True)
    with pytest.raises(ValueError, match="cycle must be at least epochs"):
        flows.train(dataclasses.replace(TINY, cycle=1), data, tmp_path / "other")
