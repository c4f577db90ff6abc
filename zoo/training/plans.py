"""From a recipe to what a run does: the model that ``fit`` trains, its batches, and what is left to do at the end."""

from collections.abc import Callable
from typing import NamedTuple

import keras

from zoo.data import crops
from zoo.data.batches import Batches
from zoo.data.datasets import Dataset
from zoo.data.sources import OnDisk
from zoo.flows import FlowModel
from zoo.training import matching, rectifying, statistics
from zoo.training.compiling import compile_for
from zoo.training.recipe import MatchingRecipe, Recipe
from zoo.training.schedule import OneCycle, scheduled

STATISTICS_BATCHES = 100
"""Batches over which batch-normalization statistics are taken anew for averaged weights."""


class Plan(NamedTuple):
    """What a run does.

    Attributes:
        model: What ``fit`` trains, compiled: the model of the run, or one that shares its layers.
        batches: In their order.
        rate: The learning rate of an update, counted from 0.
        finish: What is left to do with the final weights.
    """

    model: keras.Model
    batches: Batches
    rate: Callable[[int], float]
    finish: Callable[[], None]


def of(model: keras.Model, recipe: Recipe | MatchingRecipe, data: Dataset | OnDisk) -> Plan:
    """The plan of a recipe for a model and the data; raises ``ValueError`` where they do not fit."""
    if isinstance(recipe, MatchingRecipe):
        return _matching(model, recipe, data)
    batches = crops.of(recipe, data)
    if batches.steps % recipe.steps_per_execution:
        raise ValueError(
            f"steps_per_execution must divide the {batches.steps} updates of an epoch. "
            f"Received: steps_per_execution={recipe.steps_per_execution}."
        )
    compile_for(model, recipe, updates=len(batches))
    schedule = scheduled(recipe, batches.updates)

    def finish() -> None:
        if recipe.ema:
            count = min(STATISTICS_BATCHES, batches.steps)
            statistics.reestimate(model, (batches.batch(i)[0] for i in range(count)))

    return Plan(model, batches, lambda update: float(schedule(update)), finish)


def _matching(model: keras.Model, recipe: MatchingRecipe, data: Dataset | OnDisk) -> Plan:
    """Flow matching: the field of the flow learns velocities."""
    if not isinstance(model, FlowModel) or isinstance(data, OnDisk) or data.x_train.shape[1:] != model.event_shape:
        raise ValueError(
            f"{recipe.name} is a flow of the pictures of {recipe.dataset}. Expected: a zoo.flows.FlowModel of them, "
            f"and the data set in memory. Received: {model.name} and {data.name}."
        )
    if not recipe.epochs <= recipe.cycle:
        raise ValueError(f"cycle must be at least epochs. Received: epochs={recipe.epochs}, cycle={recipe.cycle}.")
    batches: Batches
    if recipe.teacher:
        batches = rectifying.RectifyingBatches(recipe, data.x_train, data.y_train)
    else:
        batches = matching.MatchingBatches(recipe, data.x_train, data.y_train, len(data.classes))
    schedule = OneCycle(recipe.learning_rate, batches.steps * recipe.cycle, recipe.warmup)
    trained = matching.regression(model.flows[0].field, model.event_shape)
    average = {"use_ema": bool(recipe.ema), "ema_momentum": recipe.ema or 0.99}
    optimizer = keras.optimizers.Adam(schedule, global_clipnorm=recipe.clip_norm or None, **average)
    trained.compile(optimizer, "mse", jit_compile=False)
    return Plan(trained, batches, lambda update: float(schedule(update)), lambda: None)
