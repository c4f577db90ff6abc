"""The accuracy of a model on pictures with known classes."""

import pathlib

from zoo.analysis.accuracy import Score, top1
from zoo.analysis.fractal_columns import column, columns
from zoo.data import datasets as data
from zoo.data import folders


def scores(model, images, labels, track=iter) -> dict[str, Score]:
    """Every figure of a classifier by its name in the manifest: ``"top-1"``, and of a fractal network that of each
    column alone, ``"top-1 of column 1"`` and so on, the shallowest first. See ``top1`` for the arguments."""
    parts = {"top-1": model}
    for number in columns(model):
        parts[f"top-1 of column {number}"] = column(model, number)
    return {name: top1(part, images, labels, track=track) for name, part in parts.items()}


def test_set(checkpoint, path=None):
    """Pictures and class numbers to evaluate a released checkpoint on.

    Args:
        checkpoint: ``zoo.weights.Checkpoint``.
        path: ``None`` for the test set of its data set, an ``.npz`` file of it, or a folder with one folder of
            pictures for each class, named as the class (``/`` in a label as ``_``).

    Raises:
        ValueError: The folder holds no pictures or a folder that is no class; or as ``zoo.data.datasets.load``.
    """
    path = None if path is None else pathlib.Path(path).expanduser()
    if path is None or not path.is_dir():
        dataset = data.load(checkpoint.dataset, path)
        return dataset.x_test, dataset.y_test
    labels = {label.replace("/", "_"): number for number, label in enumerate(checkpoint.classes)}
    return folders.read(path, labels, checkpoint.input_shape, _refuse)


def _refuse(file, reason):
    raise ValueError(f"{file}: {reason}")
