"""Train a model by a recipe so that it can be left at any update and continued exactly.

Every update is a function of the state before it and of (seed, epoch, step), and the whole state is saved every
so many updates: a run that goes on from there ends at the same weights as one that was never stopped.
"""

import csv
import dataclasses
import json
import pathlib
import signal

from zoo.data.batches import Batches
from zoo.data.datasets import Dataset
from zoo.training import state, statistics
from zoo.training.checkpoints import Checkpoints, replace
from zoo.training.compiling import compile_for
from zoo.training.lock import alone
from zoo.training.monitor import Monitor, stop_on_signals
from zoo.training.recipes import Recipe
from zoo.training.schedule import OneCycle

STATISTICS_BATCHES = 100
"""Batches over which batch-normalization statistics are taken anew for averaged weights."""


def run(
    model, recipe: Recipe, data: Dataset, directory, *, resume=False, every=200, keep=3, report=lambda *progress: None
):
    """Train ``model`` on the training images of ``data``; returns the path of the final weights.

    ``directory`` receives ``recipe.json``, ``log.csv`` (one row an epoch), ``checkpoints/`` (the last ``keep`` states,
    deleted at the end) and ``final.weights.h5``: the last update's weights, or their exponential average
    with statistics of its own if the recipe asks for it. The test images are not touched.

    SIGTERM and SIGINT save the state and raise ``Stopped``. With ``resume`` the run goes on from the newest state that
    is whole; on the same machine and threads, with op determinism on, to the same bits.

    Args:
        model: Takes raw 0..255 images, returns probabilities. It is compiled here.
        recipe: See ``Recipe``.
        data: See ``zoo.data.datasets.load``.
        directory: Folder of the run; made if missing.
        resume: Go on with the run in the directory; without one there, start it.
        every: Updates between two saved states; one is saved after every epoch too.
        keep: Saved states kept.
        report: ``report(update, updates, row)`` is called after every update; ``row`` is the epoch's at its end,
            else ``None``.

    Raises:
        ValueError: The directory holds a run and ``resume`` is not set, or one of another recipe, or another process is
            training there; or ``steps_per_execution`` does not divide the updates of an epoch.
        OSError: The directory cannot be written, before any training; or the disk is full.
        FloatingPointError: The loss is not finite; the last saved state is kept.
        Stopped: A signal came; the state is saved.
    """
    directory = pathlib.Path(directory).expanduser()
    directory.mkdir(parents=True, exist_ok=True)
    with alone(directory):
        return _run(model, recipe, data, directory, resume, every, keep, report)


def _run(model, recipe, data, directory, resume, every, keep, report):
    final = directory / "final.weights.h5"
    _claim(directory, recipe, resume)
    checkpoints = Checkpoints(directory / "checkpoints", keep)
    if final.exists():
        checkpoints.clear()
        model.load_weights(final)
        return final
    batches = Batches.of(recipe, data)
    if batches.steps % recipe.steps_per_execution:
        raise ValueError(
            f"steps_per_execution must divide the {batches.steps} updates of an epoch. "
            f"Received: steps_per_execution={recipe.steps_per_execution}."
        )
    compile_for(model, recipe, updates=len(batches))
    model.optimizer.build(model.trainable_variables)
    rows, sums = state.restore(model, checkpoints, batches)
    schedule = OneCycle(recipe.learning_rate, batches.updates, recipe.warmup)

    def save(update, rows, sums):
        checkpoints.save(update, state.capture(model), {"rows": rows, "sums": sums})
        _write_log(directory / "log.csv", rows)

    save(batches.start, rows, sums)  # a folder that cannot be written is found before an epoch is lost
    if len(batches):
        with stop_on_signals(signal.SIGTERM, signal.SIGINT) as stop:
            monitor = Monitor(batches, every, save, rows, sums, lambda update: float(schedule(update)), report, stop)
            model.fit(batches, epochs=1, shuffle=False, verbose=0, callbacks=[monitor])
    else:  # killed between the last update and here
        model.optimizer.finalize_variable_values(model.trainable_variables)
    if recipe.ema:
        count = min(STATISTICS_BATCHES, batches.steps)
        statistics.reestimate(model, (batches.batch(i)[0] for i in range(count)))
    partial = directory / "partial.weights.h5"
    model.save_weights(partial)
    replace(partial, final)
    checkpoints.clear()
    return final


def _claim(directory, recipe, resume):
    """Write ``recipe.json``, or hold the recipe against the one that is there."""
    path, row = directory / "recipe.json", json.dumps(dataclasses.asdict(recipe), indent=1)
    if path.exists():
        defaults = {field.name: field.default for field in dataclasses.fields(Recipe)}  # what older runs do not name
        if {**defaults, **json.loads(path.read_text("utf-8"))} != json.loads(row):
            raise ValueError(f"{directory} holds a run of another recipe ({path}). Choose another directory.")
        if not resume:
            raise ValueError(
                f"{directory} holds a run already. Go on with it by --resume (resume=True), or choose another."
            )
        return
    partial = path.with_suffix(".partial")
    partial.write_text(row, "utf-8")
    replace(partial, path)


def _write_log(path, rows):
    partial = path.with_suffix(".partial")
    with open(partial, "w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]) if rows else ["epoch"])
        writer.writeheader()
        writer.writerows(rows)
    replace(partial, path)
