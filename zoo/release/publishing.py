"""Make a released file and its manifest row from a finished run; everything in the row is computed."""

import dataclasses
import json
import os
import pathlib
import statistics
import subprocess

from zoo import applications
from zoo.analysis import macs
from zoo.data import datasets as data
from zoo.data import files
from zoo.release import calibration, reproduce
from zoo.release.packing import packed
from zoo.serving import evaluate
from zoo.training import recipes
from zoo.training.recipes import Recipe
from zoo.weights import Checkpoint, Classifier, Metric, Trained, home


def from_recipe(name: str, repository: str | os.PathLike) -> Checkpoint:
    """Train by the recipe of that NAME, or go on with its run, and release what comes out; returns the new row.

    ``NAME.seed1`` and so on are further seeds of a recipe, released under that name.
    The run is in ``runs/NAME`` of the cache (``ZOO_HOME``). See ``release`` for ``repository``.
    """
    recipe = recipes.get(name)
    folder = home() / "runs" / name
    commit = started_from(folder, repository)

    def report(update, updates, row):
        if row:
            print(f"epoch {row['epoch']}/{recipe.epochs}: loss {row['loss']:.4f}", flush=True)

    _, final = reproduce.train(recipe, data.load(recipe.dataset), folder, resume=True, report=report)
    return release(final, recipe, repository, commit)


def release(final: str | os.PathLike, recipe: Recipe, repository: str | os.PathLike, commit: str) -> Checkpoint:
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
    keywords = reproduce.keywords_of(recipe)
    header = {"name": recipe.name, "application": recipe.application, "keywords": keywords, "labels": dataset.classes}
    its_file, content = packed(model, header)
    row = Checkpoint(
        name=recipe.name,
        application=recipe.application,
        keywords=keywords,
        file=its_file,
        task=Classifier(tuple(dataset.classes), dataset.x_test.shape[1:]),
        provenance=Trained(recipes.base(recipe.name), recipe.epochs, recipe.seed, commit),
        dataset=recipe.dataset,
        metrics=tuple(Metric(name, score.percent, "%", score.percent, None, 1) for name, score in scores.items()),
        parameters=sum(variable.value.shape.num_elements() for variable in model.trainable_variables),
        macs=macs(model),
        licence="Apache-2.0",
        probe=tuple(_probe(model)),
        calibration=calibration.of(model, dataset, recipe.validation),
    )
    return replace(row, repository, content)


def started_from(folder: str | os.PathLike, repository: str | os.PathLike) -> str:
    """The commit that the run in ``folder`` was started from; noted there at the first call.

    Raises ``ValueError`` at the first call if the checkout has uncommitted changes or the run has begun without it.
    """
    note = pathlib.Path(folder) / "commit.txt"
    if not note.exists():
        if note.with_name("recipe.json").exists():
            raise ValueError(f"The run in {folder} does not say which commit it was started from. Start a new one.")
        commit = commit_of(repository)
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(commit, "utf-8")
    return note.read_text("utf-8").strip()


def commit_of(repository: str | os.PathLike) -> str:
    """The commit of a checkout; raises ``ValueError`` if it has uncommitted changes."""
    if _git(repository, "status", "--porcelain"):
        raise ValueError(f"{repository} has uncommitted changes. Commit them, so that the release names its code.")
    return _git(repository, "rev-parse", "--short=12", "HEAD")


def _probe(model):
    picture = applications.probe_picture(model.input_shape[1:])
    return (float(f"{value:.7g}") for value in applications.logits(model, picture)[0])


def _git(repository, *arguments):
    command = ["git", "-C", str(repository), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def replace(row: Checkpoint, repository: pathlib.Path, content: bytes) -> Checkpoint:
    """Put a row into the manifest of a checkout and its file into ``weights/``, in the place of one of the same NAME;
    returns the row, with the spread over its seeds."""
    path = repository / "zoo" / "weights" / "manifest.json"
    old = [Checkpoint.from_row(each) for each in json.loads(path.read_text("utf-8"))]
    rows = [row if each.name == row.name else each for each in old]
    rows += [] if row in rows else [row]
    rows = [_with_spread(each, rows) for each in rows]
    files.write(repository / "weights" / row.file.name, content)
    files.write(path, (json.dumps([each.row() for each in rows], indent=1, ensure_ascii=False) + "\n").encode())
    for gone in {each.file.name for each in old} - {each.file.name for each in rows}:
        (repository / "weights" / gone).unlink(missing_ok=True)
    return next(each for each in rows if each.name == row.name)


def _with_spread(row, rows):
    """The row with mean, sample standard deviation and number of all seeds that were trained as it was."""
    alike = [each.metrics for each in rows if _how(each) == _how(row)]
    return dataclasses.replace(row, metrics=tuple(_over(metric, alike) for metric in row.metrics))


def _how(row):
    """What rows that differ in their seed alone have in common."""
    made = row.provenance
    return (made.recipe, made.epochs) if isinstance(made, Trained) else row.name


def _over(metric, seeds):
    """The metric with mean, sample standard deviation and number of its namesakes in the metrics of all seeds."""
    values = [each.value for metrics in seeds for each in metrics if each.name == metric.name]
    sd = round(statistics.stdev(values), 4) if len(values) > 1 else None
    return dataclasses.replace(metric, mean=round(statistics.fmean(values), 4), sd=sd, n=len(values))
