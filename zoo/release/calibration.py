"""The temperatures of released rows: ``python -m zoo.release.calibration [NAME ...]`` writes them into the manifest.

A row whose recipe holds pictures out is fitted to them; any other was trained on all of the training set, so that
its temperature is fitted to the test set and measured by two halves that lend each other theirs.
"""

import argparse
import dataclasses
import json

import keras

from zoo import applications
from zoo.data import datasets as data
from zoo.data import files
from zoo.training import recipes
from zoo.weights import Calibration, Checkpoint, Classifier, Trained, manifest, trained
from zoo.weights.calibration import CROSS_FIT, HELD_OUT, LEAST

BATCH = 200


def of(model: keras.Model, dataset: data.Dataset, held_out: int = 0) -> Calibration | None:
    """The calibration of a classifier with probabilities; ``None`` for too few pictures.

    Args:
        model: The classifier.
        dataset: Of its recipe.
        held_out: How many training pictures the recipe holds out; 0 if none.
    """
    if held_out:
        _, images, labels = dataset.held_out(held_out)
    else:
        images, labels = dataset.x_test, dataset.y_test
    if len(images) < LEAST:
        return None
    probabilities = model.predict(images, BATCH, verbose=0)
    return Calibration.fitted(probabilities, labels.reshape(-1), HELD_OUT if held_out else CROSS_FIT)


def write(name: str) -> Checkpoint:
    """Fit the row of that NAME and write it into the manifest of this checkout; returns the new row."""
    row = next(each for each in _rows() if each.name == name)
    if not isinstance(row.provenance, Trained):
        raise ValueError(f"{name} was not trained here. Expected one of zoo.weights.trained().")
    held_out = recipes.get(row.provenance.recipe).validation
    found = of(applications.load(name), data.load(row.dataset), held_out)
    new = dataclasses.replace(row, calibration=found)
    rows = [new if each.name == name else each for each in _rows()]
    text = json.dumps([each.row() for each in rows], indent=1, ensure_ascii=False) + "\n"
    files.write(manifest.MANIFEST, text.encode())
    return new


def _rows():
    """The rows as they are now, which another call may have changed."""
    return [Checkpoint.from_row(each) for each in json.loads(manifest.MANIFEST.read_text("utf-8"))]


def main() -> None:
    """Fit the rows that are named, or all that were trained here and have no temperature."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    missing = [each.name for each in trained() if each.calibration is None and isinstance(each.task, Classifier)]
    parser.add_argument("names", nargs="*", default=missing, metavar="NAME")
    for name in parser.parse_args().names:
        found = write(name).calibration
        print(f"{name}: {found}", flush=True)
        keras.backend.clear_session()


if __name__ == "__main__":
    main()
