"""Train a model by a recipe so that it can be left at any update and continued exactly.

Every update is a function of the state before it and of (seed, epoch, step), and the whole state is saved every
so many updates: a run that goes on from there ends at the same weights as one that was never stopped.
"""

import csv
import dataclasses
import io
import json
import os
import pathlib
from typing import Any

import keras

from zoo.data import crops, files
from zoo.data.datasets import Dataset
from zoo.data.sources import OnDisk
from zoo.training import state, statistics
from zoo.training.checkpoints import Checkpoints
from zoo.training.compiling import compile_for
from zoo.training.devices import scope_of
from zoo.training.lock import alone
from zoo.training.monitor import Monitor, Report, Row, stop_on_signals
from zoo.training.recipe import Recipe
from zoo.training.schedule import scheduled
from zoo.weights import file, keys

STATISTICS_BATCHES = 100
"""Batches over which batch-normalization statistics are taken anew for averaged weights."""


def run(
    model: keras.Model,
    recipe: Recipe,
    data: Dataset | OnDisk,
    directory: str | os.PathLike[str],
    *,
    resume: bool = False,
    every: int = 200,
    keep: int = 3,
    report: Report = lambda *progress: None,
) -> pathlib.Path:
    """Train ``model`` on the training images of ``data``, without those that the recipe holds out.

    ``directory`` receives ``recipe.json``, ``log.csv`` (one row an epoch), ``checkpoints/`` (the last ``keep`` states,
    deleted at the end) and ``final.safetensors``: the last update's weights, or their exponential average
    with statistics of its own if the recipe asks for it. The test images are not touched.

    SIGTERM, SIGINT and SIGHUP save the state and raise ``Stopped``. With ``resume`` the run goes on from the newest
    state that is whole; on the same machine and threads, with op determinism on, to the same bits.

    Args:
        model: Takes raw 0..255 images, returns probabilities. It is compiled here.
        recipe: See ``Recipe``.
        data: See ``zoo.data.datasets.load`` and ``zoo.data.sources.imagenet``.
        directory: Folder of the run; made if missing.
        resume: Go on with the run in the directory; without one there, start it. Defaults to ``False``.
        every: Updates between two saved states; one is saved after every epoch too. Defaults to ``200``.
        keep: Saved states kept. Defaults to ``3``.
        report: ``report(update, updates, row)`` is called after every update; ``row`` is the epoch's at its end,
            else ``None``.

    Returns:
        The path of the final weights, which ``model`` has too.

    Raises:
        ValueError: The directory holds a run and ``resume`` is not set, or one of another recipe, or another process is
            training there, or its newest state is that of another network; ``steps_per_execution`` does not divide the
            updates of an epoch; or the recipe holds out too many images.
        OSError: The directory cannot be written, before any training; or the disk is full.
        FloatingPointError: The loss is not finite; the last saved state is kept.
        Stopped: A signal came; the state is saved.
    """
    directory = pathlib.Path(directory).expanduser()
    directory.mkdir(parents=True, exist_ok=True)
    with alone(directory):
        return _run(model, recipe, data, directory, resume, every, keep, report)


def _run(
    model: keras.Model,
    recipe: Recipe,
    data: Dataset | OnDisk,
    directory: pathlib.Path,
    resume: bool,
    every: int,
    keep: int,
    report: Report,
) -> pathlib.Path:
    final = directory / "final.safetensors"
    _claim(directory, recipe, resume)
    checkpoints = Checkpoints(directory / "checkpoints", keep)
    if final.exists():
        checkpoints.clear()
        keys.assign(keys.named_weights(model), file.read(final)[0], str(final))
        return final
    batches = crops.of(recipe, data)
    if batches.steps % recipe.steps_per_execution:
        raise ValueError(
            f"steps_per_execution must divide the {batches.steps} updates of an epoch. "
            f"Received: steps_per_execution={recipe.steps_per_execution}."
        )
    with scope_of(model):
        compile_for(model, recipe, updates=len(batches))
        model.optimizer.build(model.trainable_variables)
    rows, sums = state.restore(model, checkpoints, batches)
    schedule = scheduled(recipe, batches.updates)

    def save(update: int, rows: list[Row], sums: Row) -> None:
        checkpoints.save(update, state.capture(model), {"rows": rows, "sums": sums})
        _write_log(directory / "log.csv", rows)

    save(batches.start, rows, sums)  # a folder that cannot be written is found before an epoch is lost
    if len(batches):
        with stop_on_signals() as stop:
            monitor = Monitor(batches, every, save, rows, sums, lambda update: float(schedule(update)), report, stop)
            model.fit(batches.feed(), epochs=1, shuffle=False, verbose=0, callbacks=[monitor])
    else:  # killed between the last update and here
        model.optimizer.finalize_variable_values(model.trainable_variables)
    if recipe.ema:
        count = min(STATISTICS_BATCHES, batches.steps)
        statistics.reestimate(model, (batches.batch(i)[0] for i in range(count)))
    header = {"name": recipe.name, "application": recipe.application, "keywords": recipe.kwargs}
    files.write(final, file.packed(keys.arrays_of(model), header))
    checkpoints.clear()
    return final


def _claim(directory: pathlib.Path, recipe: Recipe, resume: bool) -> None:
    """Write ``recipe.json``, or hold the recipe against the one that is there."""
    path, row = directory / "recipe.json", json.dumps(dataclasses.asdict(recipe), indent=1)
    if path.exists():
        fields = dataclasses.fields(Recipe)  # older runs do not name those that came later
        defaults = {field.name: field.default for field in fields if field.default is not dataclasses.MISSING}
        as_written = json.loads(json.dumps(defaults))
        found = _recipe_in(path)
        if {**as_written, **found} != json.loads(row):
            raise ValueError(f"{directory} holds a run of another recipe ({path}). Choose another directory.")
        if not resume:
            raise ValueError(
                f"{directory} holds a run already. Go on with it by --resume (resume=True), or choose another."
            )
        return
    files.write(path, row.encode())


def _recipe_in(path: pathlib.Path) -> dict[str, Any]:
    try:
        found = json.loads(files.content(path))
    except ValueError as error:
        raise ValueError(f"{path} is not readable JSON: {error}. Choose another directory.") from None
    if not isinstance(found, dict):
        raise ValueError(f"{path} is no recipe but a {type(found).__name__}. Choose another directory.")
    return found


def _write_log(path: pathlib.Path, rows: list[Row]) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]) if rows else ["epoch"])
    writer.writeheader()
    writer.writerows(rows)
    files.write(path, text.getvalue().encode())
