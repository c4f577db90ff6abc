"""Fine-tune on a folder of pictures: from one folder a class to a model, its labels and how good it is."""

import importlib.util
import json
import os
import pathlib
from collections.abc import Callable
from typing import Any

import numpy as np

from zoo import applications
from zoo.data import folders
from zoo.training.finetuning import finetune
from zoo.weights.preset import is_preset


def finetune_folder(
    folder: str | os.PathLike,
    model: str | os.PathLike,
    out: str | os.PathLike,
    *,
    validation: float = 0.2,
    seed: int = 0,
    unreadable: Callable[[pathlib.Path, str], None] = lambda file, reason: None,
    **options: Any,
) -> dict[str, Any]:
    """Fine-tune a released model on ``folder`` and write the result to ``out``.

    A share of the pictures, split by class, is held out, never trained on, and measured once at the end. ``out``
    becomes a preset (``zoo.load(out)``) that knows the names of the folders as its labels, and holds beside it
    ``model.keras`` for Keras alone, ``metrics.json`` and ``confusion.png``, the confusion matrix of the pictures held
    out.

    Args:
        folder: Holds one folder of pictures for each class.
        model: What ``zoo.load`` takes: NAME of a release, a preset folder, a ``.keras`` file.
        out: Folder to write; made if missing.
        validation: Share held out, in (0, 1).
        seed: Of the split, the new head, the order and the augmentation.
        unreadable: Called with the path and the reason for each file that is no readable picture, which is left out.
        **options: Of ``zoo.finetune``.

    Returns:
        What ``metrics.json`` holds.

    Raises:
        ValueError: Fewer than two classes, a class with fewer than two pictures, or as ``zoo.finetune``.
        ImportError: scikit-learn or matplotlib is not installed; they come with the extra ``train``.
        OSError: ``out`` cannot be made or holds a model already; found before training.
    """
    for package in ("sklearn", "matplotlib"):
        if importlib.util.find_spec(package) is None:
            raise ImportError(f"{package} is not installed. Install it by: pip install 'odezoo[train]'")
    from sklearn.metrics import classification_report
    from sklearn.model_selection import train_test_split

    classes = folders.classes_of(folder)
    network = applications.load(model)
    numbers = {name: number for number, name in enumerate(classes)}
    images, labels = folders.read(folder, numbers, network.input_shape[1:], unreadable)
    counts = np.bincount(labels, minlength=len(classes))
    if len(classes) < 2 or counts.min() < 2:
        found = ", ".join(f"{name}: {count}" for name, count in zip(classes, counts, strict=True))
        raise ValueError(f"Expected at least two classes with at least two readable pictures each. Received: {found}.")
    out = pathlib.Path(out).expanduser()
    if is_preset(out) or (out / "model.keras").exists():
        raise FileExistsError(f"{out} holds a fine-tuned model already. Choose another folder.")
    out.mkdir(parents=True, exist_ok=True)
    held = max(len(classes), round(validation * len(images)))
    train, test = train_test_split(np.arange(len(images)), test_size=held, random_state=seed, stratify=labels)
    tuned = finetune(network, (images[train], labels[train]), len(classes), labels=classes, seed=seed, **options)
    guesses = np.argmax(tuned.predict(images[test], verbose=0), axis=1)
    _draw(labels[test], guesses, classes, out / "confusion.png")
    report = classification_report(
        labels[test], guesses, labels=range(len(classes)), target_names=classes, output_dict=True, zero_division=0
    )
    metrics = {
        "model": model,
        "top-1": 100 * float(np.mean(guesses == labels[test])),
        "trained on": len(train),
        "held out": len(test),
        "seed": seed,
        "classes": {name: report[name] for name in classes},
    }
    (out / "metrics.json").write_text(json.dumps(metrics, indent=1, ensure_ascii=False) + "\n", "utf-8")
    tuned.save(out / "model.keras")
    facts = {key: value for key, value in metrics.items() if key not in ("model", "classes")}
    applications.save(tuned, out, **{"fine-tuned from": str(model), **facts})
    return metrics


def _draw(labels, guesses, classes, path):
    """The confusion matrix as a picture, without touching the caller's matplotlib state."""
    from matplotlib.figure import Figure
    from sklearn.metrics import ConfusionMatrixDisplay, confusion_matrix

    size = 2.5 + 0.4 * len(classes)
    figure = Figure(figsize=(size, size), layout="constrained")
    matrix = confusion_matrix(labels, guesses, labels=range(len(classes)))
    display = ConfusionMatrixDisplay(matrix, display_labels=classes)
    display.plot(ax=figure.subplots(), xticks_rotation=45, colorbar=False, cmap="Blues")
    figure.savefig(path, dpi=120)
