"""Make a released file and its manifest row from a finished run; everything in the row is computed."""

import dataclasses
import json
import pathlib
import shutil
import statistics
import subprocess

import zoo
from zoo.cli import terminal
from zoo.data import datasets as data
from zoo.release import reproduce
from zoo.serving import evaluate
from zoo.training import recipes
from zoo.training.recipes import Recipe
from zoo.weights import Checkpoint, Digest, Metric, sha256


def from_recipe(name: str, repository) -> Checkpoint:
    """Train by the recipe of that NAME, or go on with its run, and release what comes out; returns the new row.

    ``NAME.seed1`` and so on are further seeds of a recipe, released under that name.
    The run is in ``runs/NAME`` of the cache (``ZOO_HOME``). See ``release`` for ``repository``.
    """
    recipe = recipes.get(name)
    folder = zoo.weights.home() / "runs" / name
    commit = started_from(folder, repository)
    with terminal.reported(recipe.epochs) as report:
        _, final = reproduce.train(recipe, data.load(recipe.dataset), folder, resume=True, report=report)
    return release(final, recipe, repository, commit)


def release(final, recipe: Recipe, repository, commit: str) -> Checkpoint:
    """Put the weight file of a run into ``weights/`` and its row into the manifest of a checkout.

    The network is rebuilt without stochastic depth, with the recipe's own solver if it was trained with another, and
    uncompiled; the file is loaded into it, evaluated on the whole test set, saved again without optimizer state and
    named after its checksum. A row of the same NAME is replaced, its file deleted. Mean, spread and number of seeds are
    computed anew in every row of the same recipe and number of epochs.

    Args:
        final: The final weights of the run (see ``zoo.training.run``).
        recipe: The recipe that made it.
        repository: Folder of the checkout, with ``weights/`` and ``zoo/weights/manifest.json``.
        commit: Of the code that the run was started with (see ``started_from``).

    Returns:
        The new row.
    """
    repository = pathlib.Path(repository)
    dataset = data.load(recipe.dataset)
    model = reproduce.released(recipe, dataset, final)
    scores = evaluate.scores(model, dataset.x_test, dataset.y_test)
    plain = pathlib.Path(final).with_name("release.weights.h5")
    model.save_weights(plain)
    digest = sha256(plain)
    row = Checkpoint(
        name=recipe.name,
        application=recipe.application,
        kwargs=reproduce.kwargs_of(recipe),
        file=f"{recipe.name}-{digest[:8]}.weights.h5",
        urls=(),
        digest=Digest("sha256", digest),
        bytes=plain.stat().st_size,
        parameters=sum(variable.value.shape.num_elements() for variable in model.trainable_variables),
        macs=zoo.analysis.macs(model),
        dataset=recipe.dataset,
        input_shape=dataset.x_test.shape[1:],
        input_range=(0.0, 255.0),
        classes=dataset.classes,
        metrics=tuple(Metric(name, score.percent, "%", score.percent, None, 1) for name, score in scores.items()),
        epochs=recipe.epochs,
        seed=recipe.seed,
        recipe=recipes.base(recipe.name),
        commit=commit,
        licence="Apache-2.0",
        probe=tuple(_probe(model)),
    )
    return _replace(row, repository, plain)


def started_from(folder, repository) -> str:
    """The commit that the run in ``folder`` was started from; noted there at the first call.

    Raises ``ValueError`` at the first call if the checkout has uncommitted changes or the run has begun without it.
    """
    note = pathlib.Path(folder) / "commit.txt"
    if not note.exists():
        if note.with_name("recipe.json").exists():
            raise ValueError(f"The run in {folder} does not say which commit it was started from. Start a new one.")
        if _git(repository, "status", "--porcelain"):
            raise ValueError(f"{repository} has uncommitted changes. Commit them, so that the release names its code.")
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(_git(repository, "rev-parse", "--short=12", "HEAD"), "utf-8")
    return note.read_text("utf-8").strip()


def _probe(model):
    picture = zoo.applications.probe_picture(model.input_shape[1:])
    return (float(f"{value:.7g}") for value in zoo.applications.logits(model, picture)[0])


def _git(repository, *arguments):
    command = ["git", "-C", str(repository), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _replace(row, repository, file):
    path = repository / "zoo" / "weights" / "manifest.json"
    old = [Checkpoint.from_row(each) for each in json.loads(path.read_text("utf-8"))]
    rows = [row if each.name == row.name else each for each in old]
    rows += [] if row in rows else [row]
    rows = [_with_spread(each, rows) for each in rows]
    shutil.copyfile(file, repository / "weights" / row.file)
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps([each.row() for each in rows], indent=1) + "\n", "utf-8")
    partial.replace(path)
    for gone in {each.file for each in old} - {each.file for each in rows}:
        (repository / "weights" / gone).unlink(missing_ok=True)
    return next(each for each in rows if each.name == row.name)


def _with_spread(row, rows):
    """The row with mean, sample standard deviation and number of all seeds that were trained as it was."""
    alike = [each.metrics for each in rows if (each.recipe, each.epochs) == (row.recipe, row.epochs)]
    return dataclasses.replace(row, metrics=tuple(_over(metric, alike) for metric in row.metrics))


def _over(metric, seeds):
    """The metric with mean, sample standard deviation and number of its namesakes in the metrics of all seeds."""
    values = [each.value for metrics in seeds for each in metrics if each.name == metric.name]
    sd = round(statistics.stdev(values), 4) if len(values) > 1 else None
    return dataclasses.replace(metric, mean=round(statistics.fmean(values), 4), sd=sd, n=len(values))
