"""Train and release flows of pictures: as ``reproduce`` and ``publishing`` do classifiers."""

import math
import os
import pathlib
from collections.abc import Callable, Iterable
from typing import Any

import keras

from zoo import applications
from zoo.analysis import macs
from zoo.data import datasets as data
from zoo.data.datasets import Dataset
from zoo.release import publishing
from zoo.release.packing import packed
from zoo.serving import flow_evaluation
from zoo.training import matching_recipes, rectifying, run
from zoo.training.precision import policy
from zoo.training.recipe import MatchingRecipe
from zoo.weights import Checkpoint, Density, Trained, home


def network(recipe: MatchingRecipe, weights: str | os.PathLike | None = None) -> keras.Model:
    """The flow that a recipe trains, with those weights, or fresh ones, or its teacher's."""
    its_weights = weights or recipe.teacher or None
    return applications.registered()[recipe.application](recipe.dataset, weights=its_weights, **recipe.kwargs)


def train(
    recipe: MatchingRecipe,
    dataset: Dataset,
    directory: str | os.PathLike,
    track: Callable[[Iterable], Iterable] = iter,
    **options: Any,
) -> tuple[keras.Model, pathlib.Path]:
    """Train the recipe's flow on the data set; returns ``(model, path of the final weights)``.

    The model's field has the precision of the recipe; ``network`` with those weights is what is released.

    The initial weights are a function of ``recipe.seed``, or those of its teacher, whose pictures ``track`` goes over
    while they are made. See ``zoo.training.run.run`` for the folder, the options and what it raises.
    """
    keras.utils.set_random_seed(recipe.seed)
    with policy(recipe.mixed_precision):
        model = network(recipe)
    if recipe.teacher:
        teacher = matching_recipes.get(recipe.teacher)
        way = rectifying.Way(teacher.solver, teacher.steps, teacher.guidance)
        dataset = rectifying.taught(network(recipe), way, recipe, dataset, pathlib.Path(directory), track)
    return model, run.run(model, recipe, dataset, directory, **options)


def from_recipe(name: str, repository: str | os.PathLike) -> Checkpoint:
    """Train by the recipe of that NAME, or go on with its run, and release what comes out; returns the new row.

    The run is in ``runs/NAME`` of the cache (``ZOO_HOME``). See ``release`` for ``repository``.
    """
    recipe = matching_recipes.get(name)
    folder = home() / "runs" / name
    commit = publishing.started_from(folder, repository)

    def report(update: int, updates: int, row: dict[str, Any] | None) -> None:
        if row:
            print(f"epoch {row['epoch']}/{recipe.epochs}: loss {row['loss']:.4f}", flush=True)

    _, final = train(recipe, data.load(recipe.dataset), folder, resume=True, report=report)
    return release(final, recipe, repository, commit)


def release(final: str | os.PathLike, recipe: MatchingRecipe, repository: str | os.PathLike, commit: str) -> Checkpoint:
    """Put the weight file of a run into ``weights/`` and its row into the manifest of a checkout, as
    ``zoo.release.publishing.release`` does of classifiers; its figures are those of ``flow_evaluation``."""
    dataset = data.load(recipe.dataset)
    model = network(recipe, final)
    quality, nfe = flow_evaluation.quality(model, recipe, dataset)
    bits = flow_evaluation.test_bits(model, recipe, dataset)
    print(*flow_evaluation.lines(quality, nfe, recipe, bits), sep="\n", flush=True)
    described = applications.registered()[recipe.application].describe(dataset=recipe.dataset, **recipe.kwargs)
    keywords = {**described.architecture, **described.settings}
    header = {"name": recipe.name, "application": recipe.application, "keywords": keywords, "labels": dataset.classes}
    its_file, content = packed(model, header)
    row = Checkpoint(
        name=recipe.name,
        application=recipe.application,
        keywords=keywords,
        file=its_file,
        task=Density(tuple(dataset.x_test.shape[1:])),
        provenance=Trained(recipe.name, recipe.epochs, recipe.seed, commit),
        dataset=recipe.dataset,
        metrics=flow_evaluation.metrics(quality, bits),
        parameters=sum(math.prod(variable.shape) for variable in model.trainable_variables),
        macs=macs(model),
        licence="Apache-2.0",
    )
    return publishing.replace(row, pathlib.Path(repository), content)
