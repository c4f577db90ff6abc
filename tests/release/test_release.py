"""From a finished run to a file and a manifest row that the applications find."""

import dataclasses
import json

import numpy as np
import pytest
from tiny import TINY, tiny_data

import zoo
from zoo import analysis, applications
from zoo.release import publishing as release
from zoo.release import reproduce, toys
from zoo.serving import evaluate
from zoo.training import recipes
from zoo.weights import Checkpoint, Trained, file, home, keys


def manifest(root):
    return [Checkpoint.from_row(row) for row in json.loads((root / "zoo" / "weights" / "manifest.json").read_text())]


def written(model, path):
    """The path of a file with the weights of a model."""
    path.write_bytes(file.packed(keys.arrays_of(model), {}))
    return path


@pytest.mark.slow
def test_a_run_becomes_a_release_that_the_application_finds(repository, tmp_path, install):
    recipe = dataclasses.replace(TINY, name="lm_resnet8-cifar10", kwargs={"depth": 8, "drop_path": 0.3})
    model, final = reproduce.train(recipe, tiny_data(), tmp_path / "run")
    row = release.release(final, recipe, repository, "abc")
    assert manifest(repository) == [row]
    assert row.keywords == {"depth": 8, "per_channel": False}
    assert row.provenance == Trained("lm_resnet8-cifar10", 3, 0, "abc")
    assert row.task.classes == tiny_data().classes
    images = tiny_data().x_test
    right = np.mean(model.predict(images, verbose=0).argmax(axis=1) == tiny_data().y_test)
    assert row.metrics[0].value == pytest.approx(100 * right)
    install(row)
    for loaded in (applications.LMResNet(depth=8, input_shape=(8, 8, 3)), zoo.load("lm_resnet8-cifar10")):
        np.testing.assert_allclose(loaded(images), model(images), rtol=1e-5, atol=1e-6)
        logits = applications.logits(loaded, applications.probe_picture((8, 8, 3)))[0]
        np.testing.assert_allclose(logits, row.probe, rtol=1e-4, atol=1e-5)


@pytest.mark.slow
def test_a_new_release_of_a_name_replaces_the_old_one(repository, tmp_path):
    old = {}
    for seed in (0, 1):
        recipe = dataclasses.replace(TINY, name="lm_resnet8-cifar10", epochs=1, seed=seed)
        _, final = reproduce.train(recipe, tiny_data(), tmp_path / f"run{seed}")
        old[seed] = release.release(final, recipe, repository, "abc")
    assert manifest(repository) == [old[1]]
    assert [path.name for path in (repository / "weights").iterdir()] == [old[1].file.name]


@pytest.mark.slow
def test_further_seeds_have_their_own_rows_and_give_every_row_the_spread(repository, tmp_path, monkeypatch):
    recipe = dataclasses.replace(TINY, name="lm_resnet8-cifar10", kwargs={"depth": 8}, epochs=1)
    monkeypatch.setitem(recipes.RECIPES, recipe.name, recipe)
    scores = iter([evaluate.Score(8, 10), evaluate.Score(5, 10), evaluate.Score(9, 10), evaluate.Score(1, 10)])
    monkeypatch.setattr(evaluate, "top1", lambda *arguments, **options: next(scores))
    final = written(reproduce.network(recipe, tiny_data()), tmp_path / "any.safetensors")
    for name in ("lm_resnet8-cifar10", "lm_resnet8-cifar10.seed1", "lm_resnet8-cifar10.seed2"):
        row = release.release(final, recipes.get(name), repository, "abc")
    assert row == manifest(repository)[2]
    assert [row.provenance.seed for row in manifest(repository)] == [0, 1, 2]
    assert {row.provenance.recipe for row in manifest(repository)} == {"lm_resnet8-cifar10"}
    for row, value in zip(manifest(repository), (80, 50, 90), strict=True):
        metric = row.metrics[0]
        assert (metric.value, metric.n) == (value, 3)
        assert metric.mean == pytest.approx(220 / 3, abs=1e-4)
        assert metric.sd == pytest.approx(np.std([80, 50, 90], ddof=1), abs=1e-4)
    longer = dataclasses.replace(recipes.get("lm_resnet8-cifar10.seed2"), epochs=2)
    assert release.release(final, longer, repository, "abc").metrics[0].n == 1
    assert [row.metrics[0].n for row in manifest(repository)] == [2, 2, 1]


def test_labels_in_a_column_as_in_keras_datasets_and_of_another_number():
    images, labels = tiny_data().x_test, tiny_data().y_test
    model = reproduce.network(TINY, tiny_data())
    assert evaluate.top1(model, images, labels[:, None]) == evaluate.top1(model, images, labels)
    with pytest.raises(ValueError, match="class number for each of 10 pictures"):
        evaluate.top1(model, images, labels[:-1])


@pytest.mark.slow
def test_a_fractal_release_states_every_column(repository, tmp_path):
    kwargs = {"depth": 10, "filters": 16}
    recipe = dataclasses.replace(TINY, name="thin_fractalnet10-cifar10", application="FractalNet", kwargs=kwargs)
    model = reproduce.network(recipe, tiny_data())
    row = release.release(written(model, tmp_path / "any.safetensors"), recipe, repository, "abc")
    answers = analysis.anytime(model).predict(tiny_data().x_test, verbose=0)
    names = {"top-1": "whole", "top-1 of column 1": "column1", "top-1 of column 2": "column2"}
    outputs = {name: answers[output] for name, output in names.items()}
    right = {name: np.mean(output.argmax(axis=1) == tiny_data().y_test) for name, output in outputs.items()}
    assert {metric.name: metric.value for metric in row.metrics} == {
        n: pytest.approx(100 * r) for n, r in right.items()
    }
    assert row.metrics[0].name == "top-1"


@pytest.mark.slow
def test_a_run_names_the_commit_that_it_was_started_from(repository, tmp_path):
    head = release.started_from(tmp_path / "run", repository)
    assert len(head) == 12
    (repository / "new.txt").write_text("")
    assert release.started_from(tmp_path / "run", repository) == head
    with pytest.raises(ValueError, match="uncommitted changes"):
        release.started_from(tmp_path / "other", repository)
    (tmp_path / "begun").mkdir()
    (tmp_path / "begun" / "recipe.json").write_text("{}")
    with pytest.raises(ValueError, match="which commit"):
        release.started_from(tmp_path / "begun", repository)


@pytest.mark.slow
def test_a_toy_names_the_commit_of_its_code_whatever_an_interrupted_run_has_left(repository, tmp_path, monkeypatch):
    """A note of the day before stood in the row of ffjord-checkerboard."""
    left = home() / "runs" / "ffjord-moons"
    left.mkdir(parents=True)
    (left / "commit.txt").write_text("0123456789ab")
    flow = applications.FFJORD("moons", weights=None, hidden=(4,))
    monkeypatch.setattr(toys.toy_training, "train", lambda recipe, after: flow)
    monkeypatch.setattr(toys.toy_training, "measured", lambda *arguments: (3.0, 2.4))
    head = release.commit_of(repository)
    assert toys.from_recipe("ffjord-moons", repository, head).provenance.commit == head
    with pytest.raises(ValueError, match="uncommitted changes"):
        release.commit_of(repository)


def test_a_toy_that_likelihood_made_worse_is_not_released(repository, monkeypatch):
    """Eight equal steps were fooled: the pinwheel had 2.357 nats after matching, and 9.370 after likelihood."""
    flow, recipe = applications.FFJORD("moons", weights=None, hidden=(4,)), toys.toy_recipes.get("ffjord-moons")
    for nll in (9.37, float("nan")):
        monkeypatch.setattr(toys.toy_training, "measured", lambda *arguments, nll=nll: (nll, 2.325))
        with pytest.raises(ValueError, match="after likelihood, and had 2.357 .* Give the recipe more steps"):
            toys.release(flow, recipe, repository, "0123456789ab", 2.357)
    assert not manifest(repository)
