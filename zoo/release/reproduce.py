"""From a recipe to its network and its trained weights."""

import dataclasses
import json
import os
import pathlib
from collections.abc import Sequence
from typing import Any

import keras

from zoo import applications
from zoo.analysis.accuracy import top1
from zoo.analysis.instruments import Instruments
from zoo.analysis.refinement import refine
from zoo.applications import Application
from zoo.data import crops, files
from zoo.data.datasets import Dataset
from zoo.data.sources import OnDisk
from zoo.training import processes, run
from zoo.training.devices import devices, synchronize
from zoo.training.precision import policy
from zoo.training.recipes import Recipe
from zoo.weights import Preprocessing, keys

MEASURED = Preprocessing(crop=0.875)
"""How pictures of ImageNet come to a network that was trained here: 256 pixels of the shorter side for one of 224."""


MEASURED_PICTURES = 16
"""Pictures on which the instruments are read."""


def application_of(recipe: Recipe) -> Application:
    """The application that a recipe trains."""
    return applications.registered()[recipe.application]


def network(recipe: Recipe, dataset: Dataset | OnDisk, weights: str | os.PathLike | None = None) -> keras.Model:
    """The network that a recipe trains, with fresh weights, for the pictures and classes of the data set."""
    keywords = {**recipe.kwargs, **(recipe.trained_as or {})}
    shape = dataset.shape if isinstance(dataset, OnDisk) else dataset.x_train.shape[1:]
    fitting = {"input_shape": shape, "classes": len(dataset.classes)}
    with policy(recipe.mixed_precision):
        model = application_of(recipe)(weights=weights, **fitting, **keywords)
    return applications.identify(model, dataset.classes)


def released(recipe: Recipe, dataset: Dataset | OnDisk, weights: str | os.PathLike) -> keras.Model:
    """The network that a recipe releases, with the weights in a file of the one that it trained: in float32, without
    stochastic depth, and with the recipe's own keywords where others held in training."""
    own = dataclasses.replace(recipe, kwargs=keywords_of(recipe), trained_as=None, mixed_precision="float32")
    return network(own, dataset, weights)


def keywords_of(recipe: Recipe) -> dict[str, Any]:
    """The keywords of the network that a recipe releases, all of them: its architecture and settings."""
    described = application_of(recipe).describe(**recipe.kwargs)
    return {**described.architecture, **described.settings}


def train(
    recipe: Recipe,
    dataset: Dataset | OnDisk,
    directory: str | os.PathLike,
    *,
    strategy: str | None = None,
    replicas: int | None = None,
    instruments: Sequence[str] | None = None,
    instruments_every: int = 1,
    **options: Any,
) -> tuple[keras.Model, pathlib.Path]:
    """Train the recipe's network on the data set; returns ``(model, path of the final weights)``.

    The initial weights are a function of ``recipe.seed``, or those of a refined network if the recipe names one. See
    ``zoo.training.run.run`` for the folder, the options and what it raises, ``zoo.training.devices.devices`` for the
    strategy and its replicas; besides ``ValueError`` if the refined network is not that of the recipe. If the recipe
    holds pictures out, ``validation.json`` in the folder has the accuracy on them.

    ``instruments`` are names of ``zoo.analysis.Instruments``, of which the log has the readings after every
    ``instruments_every`` epochs on the first ``MEASURED_PICTURES`` of the first batch; an empty list means all that
    read something. They are for one device.
    """
    if instruments is not None:
        if strategy:
            raise ValueError(f"Instruments are read on one device. Received: instruments and strategy={strategy!r}.")
        images = crops.of(recipe, dataset).batch(0)[0][:MEASURED_PICTURES]
        options["read"] = Instruments(images, instruments or None, instruments_every).after
    keras.utils.set_random_seed(recipe.seed)
    with devices(strategy, recipe.batch_size, replicas):
        model = network(recipe, dataset)
        synchronize(model)
        if recipe.refines:
            start_from(refine(applications.load(recipe.refines)), model, recipe)
        final = run.run(model, recipe, dataset, directory, **options)
    if recipe.validation and processes.number() == 0:
        _validate(recipe, dataset, final)
    return model, final


def _validate(recipe, dataset, final):
    """Measure what the recipe releases on the pictures that it holds out; ``validation.json`` of the run says it."""
    _, images, labels = dataset.held_out(recipe.validation)
    score = top1(released(recipe, dataset, final), images, labels)
    figures = {"top-1": score.percent, "correct": score.correct, "total": score.total}
    files.write(final.with_name("validation.json"), (json.dumps(figures) + "\n").encode())


def start_from(refined: keras.Model, model: keras.Model, recipe: Recipe) -> None:
    """Copy the weights of a refined network into that of the recipe; raises ``ValueError`` if their layers differ."""
    arrays, variables = keys.arrays_of(refined), keys.named_weights(model)
    if refined.output_shape != model.output_shape:  # other classes: the head stays new
        arrays, variables = ({k: v for k, v in each.items() if "predictions/" not in k} for each in (arrays, variables))
    network = f"{recipe.application}({recipe.kwargs})"
    keys.assign(variables, arrays, f"{recipe.refines} refined is not {network} with twice the blocks: it")
