"""Train a model by a recipe so that it can be left at any update and continued exactly.

Every update is a function of the state before it and of (seed, epoch, step), and the whole state is saved every
so many updates: a run that goes on from there ends at the same weights as one that was never stopped.
"""

import os
import pathlib
from collections.abc import Callable

import keras

from zoo.data import files
from zoo.data.datasets import Dataset
from zoo.data.sources import OnDisk
from zoo.training import papers, plans, processes, state
from zoo.training.checkpoints import Checkpoints
from zoo.training.devices import scope_of
from zoo.training.lock import alone
from zoo.training.monitor import Monitor, Read, Report, Row
from zoo.training.recipe import MatchingRecipe, Recipe
from zoo.training.signals import Request, stop_on_signals
from zoo.weights import file, keys


def run(
    model: keras.Model,
    recipe: Recipe | MatchingRecipe,
    data: Dataset | OnDisk,
    directory: str | os.PathLike[str],
    *,
    resume: bool = False,
    every: int = 200,
    keep: int = 3,
    report: Report = lambda *progress: None,
    read: Read = lambda model, epoch: {},
) -> pathlib.Path:
    """Train ``model`` on the training images of ``data``, without those that the recipe holds out.

    ``directory`` receives ``recipe.json``, ``log.csv`` (one row an epoch), ``checkpoints/`` (the last ``keep`` states,
    deleted at the end) and ``final.safetensors``: the last update's weights, or their exponential average
    with statistics of its own if the recipe asks for it. The test images are not touched.

    Of several processes (``zoo.training.processes``) the first writes; all must see the same folder.

    SIGTERM, SIGINT and SIGHUP save the state and raise ``Stopped``. With ``resume`` the run goes on from the newest
    state that is whole; on the same machine and threads, with op determinism on, to the same bits.

    Args:
        model: Takes raw 0..255 images, returns probabilities; or the ``zoo.flows.FlowModel`` of a ``MatchingRecipe``.
            It, or a model that shares its layers, is compiled here.
        recipe: See ``Recipe`` and ``MatchingRecipe``.
        data: See ``zoo.data.datasets.load`` and ``zoo.data.sources.imagenet``.
        directory: Folder of the run; made if missing.
        resume: Go on with the run in the directory; without one there, start it. Defaults to ``False``.
        every: Updates between two saved states; one is saved after every epoch too. Defaults to ``200``.
        keep: Saved states kept. Defaults to ``3``.
        report: ``report(update, updates, row)`` is called after every update; ``row`` is the epoch's at its end,
            else ``None``.
        read: ``read(model, epoch)`` gives further columns of an epoch's row, counted from 0, such as
            ``zoo.analysis.Instruments(images).after``.

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
    if processes.number():
        return _run(model, recipe, data, directory, resume, every, keep, lambda *progress: None, read)
    with alone(directory):
        return _run(model, recipe, data, directory, resume, every, keep, report, read)


def _run(
    model: keras.Model,
    recipe: Recipe | MatchingRecipe,
    data: Dataset | OnDisk,
    directory: pathlib.Path,
    resume: bool,
    every: int,
    keep: int,
    report: Report,
    read: Read,
) -> pathlib.Path:
    final, writes = directory / "final.safetensors", processes.number() == 0
    if writes:
        papers.claim(directory, recipe, resume)
    checkpoints = Checkpoints(directory / "checkpoints", keep)
    if final.exists():
        return _read(final, model, checkpoints if writes else None)
    with scope_of(model):
        plan = plans.of(model, recipe, data)
        trained, batches = plan.model, plan.batches
        trained.optimizer.build(trained.trainable_variables)
    rows, sums = state.restore(trained, checkpoints, batches)

    def save(update: int, rows: list[Row], sums: Row) -> None:
        if writes:
            checkpoints.save(update, state.capture(trained), {"rows": rows, "sums": sums})
            papers.write_log(directory / "log.csv", rows)

    processes.wait("restored")
    save(batches.start, rows, sums)  # a folder that cannot be written is found before an epoch is lost
    if len(batches):
        _fit(plan, lambda stop: Monitor(batches, every, save, rows, sums, plan.rate, report, stop, read))
    else:  # killed between the last update and here
        trained.optimizer.finalize_variable_values(trained.trainable_variables)
    plan.finish()
    if writes:
        _write(final, model, recipe)
        checkpoints.clear()
    processes.wait("written")
    return final


def _fit(plan: plans.Plan, monitored: Callable[[Request], Monitor]) -> None:
    """All updates that are left; a signal to one of several processes stops all."""
    with stop_on_signals() as stop:
        monitor = monitored(processes.agreed(stop))
        plan.model.fit(processes.share(plan.batches), epochs=1, shuffle=False, verbose=0, callbacks=[monitor])


def _read(final: pathlib.Path, model: keras.Model, checkpoints: Checkpoints | None) -> pathlib.Path:
    if checkpoints:
        checkpoints.clear()
    keys.assign(keys.named_weights(model), file.read(final)[0], str(final))
    return final


def _write(final: pathlib.Path, model: keras.Model, recipe: Recipe | MatchingRecipe) -> None:
    header = {"name": recipe.name, "application": recipe.application, "keywords": recipe.kwargs}
    files.write(final, file.packed(keys.arrays_of(model), header))
