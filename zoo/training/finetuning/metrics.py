"""How good a fine-tuned model is on the pictures that were held out."""

import os
from collections.abc import Sequence
from typing import Any

import numpy as np


def measured(guesses: np.ndarray, labels: np.ndarray, classes: Sequence[str]) -> dict[str, Any]:
    """``"top-1"`` in % and, for each class, precision, recall, f1-score and support, from class numbers ``(n,)``."""
    from sklearn.metrics import classification_report

    report = classification_report(
        labels, guesses, labels=range(len(classes)), target_names=classes, output_dict=True, zero_division=0
    )
    return {
        "top-1": 100 * float(np.mean(guesses == labels)),
        "classes": {name: report[name] for name in classes},
    }


def draw_confusion(guesses: np.ndarray, labels: np.ndarray, classes: Sequence[str], path: str | os.PathLike) -> None:
    """Write the confusion matrix as a picture, without touching the caller's matplotlib state."""
    from matplotlib.figure import Figure
    from sklearn.metrics import ConfusionMatrixDisplay, confusion_matrix

    size = 2.5 + 0.4 * len(classes)
    figure = Figure(figsize=(size, size), layout="constrained")
    matrix = confusion_matrix(labels, guesses, labels=range(len(classes)))
    display = ConfusionMatrixDisplay(matrix, display_labels=classes)
    display.plot(ax=figure.subplots(), xticks_rotation=45, colorbar=False, cmap="Blues")
    figure.savefig(path, dpi=120)
