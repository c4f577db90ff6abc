"""Train a model by a recipe, with an epoch-wise backup that a later call goes on from."""

import dataclasses
import json
import pathlib

import keras

from zoo.training.data import Batches, Dataset
from zoo.training.recipes import Recipe
from zoo.training.schedule import OneCycle


def run(model, recipe: Recipe, data: Dataset, directory, verbose="auto"):
    """Train ``model`` on the training images of ``data``; returns the path of the final weights.

    ``directory`` receives ``recipe.json``, ``log.csv`` (one row an epoch), ``backup/`` (the state after the
    last whole epoch, deleted at the end) and ``final.weights.h5``, the last epoch's weights. The
    test images are not touched. A call with the same directory goes on after the last whole
    epoch, with the same batches; if the run is complete, its weights are loaded.

    Args:
        model: Takes raw 0..255 images, returns probabilities. It is compiled here.
        recipe: See ``Recipe``.
        data: See ``zoo.training.data.load``.
        directory: Folder of the run; made if missing.
        verbose: As in ``keras.Model.fit``.

    Raises:
        ValueError: The directory holds a run of another recipe.
        OSError: The directory cannot be written.
    """
    directory = pathlib.Path(directory).expanduser()
    directory.mkdir(parents=True, exist_ok=True)
    _claim(directory, recipe)
    final = directory / "final.weights.h5"
    if final.exists():
        model.load_weights(final)
        return final
    batches = Batches(data.x_train, data.y_train, recipe.batch_size, recipe.seed, recipe.augment)
    compile_for(model, recipe, updates=recipe.epochs * len(batches))
    log = keras.callbacks.CSVLogger(directory / "log.csv", append=True)
    callbacks = [
        keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: setattr(batches, "epoch", epoch)),
        keras.callbacks.BackupAndRestore(directory / "backup"),
        log,
        keras.callbacks.TerminateOnNaN(raise_error=True),
    ]
    try:
        model.fit(batches, epochs=recipe.epochs, shuffle=False, verbose=verbose, callbacks=callbacks)
    except BaseException:
        log.on_train_end()  # closes the file
        raise
    model.save_weights(final)
    return final


def compile_for(model, recipe: Recipe, updates: int):
    """Compile the model with the recipe's loss and optimizer, for a run of so many updates."""
    add_l2(model, recipe.l2)
    model.compile(
        optimizer=keras.optimizers.SGD(
            OneCycle(recipe.learning_rate, updates, recipe.warmup), momentum=recipe.momentum, nesterov=True
        ),
        loss=keras.losses.SparseCategoricalCrossentropy(),
        metrics=["accuracy"],
    )


def add_l2(model, l2: float):
    """Add ``(l2/2) ‖kernel‖²`` to the model's loss for the kernel of every convolution and dense layer."""
    for variable in model.trainable_variables:
        if variable.name == "kernel":
            variable.regularizer = keras.regularizers.L2(l2 / 2)


def _claim(directory, recipe):
    path = directory / "recipe.json"
    row = dataclasses.asdict(recipe)
    if path.exists() and json.loads(path.read_text()) != row:
        raise ValueError(
            f"{directory} holds a run of another recipe ({path}). Choose another directory, or delete this one."
        )
    path.write_text(json.dumps(row, indent=1))
