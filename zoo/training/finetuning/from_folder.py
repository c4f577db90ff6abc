"""Fine-tune on a folder of pictures: from one folder a class to a model, its labels and how good it is."""

import dataclasses
import json
import os
import pathlib
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from zoo import applications
from zoo.data import folders
from zoo.training.finetuning import metrics, output, trunk
from zoo.training.finetuning.arguments import Options, check_folders
from zoo.training.finetuning.from_data import tune
from zoo.training.finetuning.progress import Progress, Silent
from zoo.training.signals import stop_on_signals


def finetune_folder(
    folder: str | os.PathLike,
    model: str | os.PathLike,
    out: str | os.PathLike,
    options: Options | None = None,
    *,
    validation: float = 0.2,
    unreadable: Callable[[pathlib.Path, str], None] = lambda file, reason: None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Fine-tune a released model on ``folder`` and write the result to ``out``.

    A share of the pictures, split by class, is held out, never trained on, and measured after every pass; no choice is
    made by it, the last weights are kept. ``out`` becomes a preset (``zoo.load(out)``) that knows the names of the
    folders as its labels, and holds beside it ``model.keras`` for Keras alone (after ``import zoo.layers``),
    ``metrics.json`` and ``confusion.png``, the confusion matrix of the pictures held out. It is written whole or not
    at all.

    SIGINT (Ctrl-C), SIGTERM and SIGHUP end the training after the current batch. What there is then is measured and
    written, and ``metrics.json`` says under ``"stopped"`` in which epoch of how many that was. Once the training has
    begun, such a signal interrupts nothing else; before it, nothing is written.

    Args:
        folder: Holds one folder of pictures for each class.
        model: What ``zoo.load`` takes: NAME of a release, a preset folder, a ``.keras`` file.
        out: Folder to write; made if missing.
        options: How to train; its seed is that of the split, too. Defaults to ``Options()``.
        validation: Share held out, in (0, 1).
        unreadable: Called with the path and the reason for each file that is no readable picture, which is left out.
        progress: Told how far it is. Defaults to nobody.

    Returns:
        What ``metrics.json`` holds.

    Raises:
        ValueError: Fewer than two classes, a class with fewer than two pictures, or as ``zoo.finetune``.
        ImportError: scikit-learn or matplotlib is not installed; they come with the extra ``train``.
        OSError: ``out`` cannot be written or holds a model already; found before a picture is read.
        FloatingPointError: The loss is not finite; nothing is written.
    """
    options, progress = options or Options(), progress or Silent()
    classes = check_folders(folder, out, validation)
    network = trunk.check(applications.load(model))
    numbers = {name: number for number, name in enumerate(classes)}
    images, labels = folders.read(folder, numbers, network.input_shape[1:], unreadable, progress.reading)
    train, test = _split(labels, classes, validation, options.seed)
    held = images[test], labels[test]
    with stop_on_signals() as stop:
        tuned, stopped = tune(
            network, (images[train], labels[train]), len(classes), classes, options, held, progress, stop
        )
        guesses = np.argmax(tuned.predict(held[0], verbose=0), axis=1)
        figures = {
            "model": str(model),
            **metrics.measured(guesses, held[1], classes),
            "trained on": len(train),
            "held out": len(test),
            **dataclasses.asdict(options),
        }
        if stopped:
            figures["stopped"] = {"phase": stopped.phase, "epoch": stopped.epoch, "of": stopped.epochs}
        with output.whole(out) as staged:
            metrics.draw_confusion(guesses, held[1], classes, staged / output.CONFUSION)
            _save(tuned, staged, figures)
    return figures


def _save(model: keras.Model, folder: pathlib.Path, figures: dict[str, Any]) -> None:
    (folder / output.METRICS).write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", "utf-8")
    model.save(folder / output.MODEL)
    facts = {key: value for key, value in figures.items() if key not in ("model", "classes")}
    applications.save(model, folder, **{"fine-tuned from": figures["model"], **facts})


def _split(labels, classes, validation, seed):
    """The positions of the pictures to train on, and of those held out: of every class its share."""
    from sklearn.model_selection import train_test_split

    counts = np.bincount(labels, minlength=len(classes))
    if counts.min() < 2:
        found = ", ".join(f"{name}: {count}" for name, count in zip(classes, counts, strict=True))
        raise ValueError(f"Expected at least two classes with at least two readable pictures each. Received: {found}.")
    positions = np.arange(len(labels))
    held = min(max(len(classes), round(validation * len(labels))), len(labels) - len(classes))
    return train_test_split(positions, test_size=held, random_state=seed, stratify=labels)
