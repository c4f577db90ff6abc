"""What the README says of a file that computes in fewer bits than the Keras model, and when it is not kept."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from zoo.serving.exporting import compare
from zoo.serving.exporting.classifier import Classifier
from zoo.serving.exporting.labelled import Labelled
from zoo.serving.exporting.precision import Precision

AGREEMENT = 0.9
"""Smallest share of the pictures for the ranges on which an int8 file must name the Keras model's first class."""
BATCH = 100
"""Pictures at once where classes are compared."""


def report(
    served: Classifier,
    run: Callable[[np.ndarray], np.ndarray],
    of: Precision,
    data: Labelled | None,
) -> str:
    """Top-1 of the file and of the Keras model, and of int8 also how often they name the same first class.

    Args:
        served: The classifier.
        run: The file, from pictures to probabilities.
        of: Its precision; the text is empty for float32.
        data: Pictures with classes to measure top-1 on, or ``None``.

    Raises ``RuntimeError`` if it agrees on fewer pictures than ``AGREEMENT``.
    """
    if of.name == "float32":
        return ""
    text = "\n\nIts weights are float16." if of.pictures is None else _agreement(served, run, of.pictures)
    if data is None:
        return f"{text} Top-1 is not measured: `--data` gives pictures with classes."
    right = np.zeros(2, int)
    for start in range(0, len(data.classes), BATCH):
        classes = data.classes[start : start + BATCH]
        images = _pictures(served, data, range(start, start + len(classes)))
        right += [int(np.sum(np.argmax(each(images), axis=1) == classes)) for each in (run, _model(served))]
    own, base = 100 * right / len(data.classes)
    return (
        f"{text} Top-1 on {len(data.classes):,} pictures: {own:.2f} %, of the Keras model {base:.2f} %: "
        f"{own - base:+.2f}."
    )


def _agreement(served, run, pictures):
    """How often the first classes agree; raises where that is too seldom."""
    agrees = float(np.mean(_first(run, pictures) == _first(_model(served), pictures)))
    if agrees < AGREEMENT:
        raise RuntimeError(
            f"In int8 {served.model.name} has the Keras model's first class on {agrees:.1%} of the pictures that its "
            f"ranges are of. Expected: at least {AGREEMENT:.0%}. Not kept. Export it in float32."
        )
    return f"\n\nIt computes in int8. On the {len(pictures)} pictures for its ranges it agrees on {agrees:.1%}."


def _pictures(served, data, rows):
    """Pictures as the model takes them."""
    decoded = [tf.io.decode_image(data.read(row), channels=3, expand_animations=False).numpy() for row in rows]
    return np.concatenate([compare.fitted(served, image[None]) for image in decoded])


def _model(served):
    return lambda images: keras.ops.convert_to_numpy(served.model(images, training=False))


def _first(run, images):
    starts = range(0, len(images), BATCH)
    return np.concatenate([np.argmax(run(images[start : start + BATCH]), axis=1) for start in starts])
