"""Whether a network's grid is fine enough for its labels."""

from typing import Any

import keras
import numpy as np

from zoo.analysis.refinement import refine


def label_changes(model: keras.Model, images: Any) -> float:
    """``|{x : argmax z(x; h) ≠ argmax z(x; h/2)}| / n``: the share of labels that change on twice as many steps.

    The same weights on the grid and on one of half the step (``refine``). A network that is trained as steps, not as a
    flow, may change all of them; how much it does is how far it is from the equation.

    Args:
        model: A classifier as for ``refine``.
        images: Pictures for the model, ``(n, height, width, channels)``; one batch.

    Raises:
        ValueError: As ``refine``, such as for adaptive steps, which have no grid.
    """
    labels = [_labels(each, images) for each in (model, refine(model))]
    return float(np.mean(labels[0] != labels[1]))


def _labels(model: keras.Model, images: Any) -> np.ndarray:
    return np.asarray(keras.ops.convert_to_numpy(model(keras.ops.convert_to_tensor(images), training=False))).argmax(-1)
