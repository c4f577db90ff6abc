"""Whether a written file computes what the Keras model computes."""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from zoo.data import pictures
from zoo.serving.exporting.classifier import Classifier

ALLOWED = 1e-4
"""Largest difference of an output, over its largest value if that is above 1: of float32 computed in another order."""
ALLOWED_ADAPTIVE = 1e-2
"""The same where steps adapt: a rounding can turn an accepted step into a rejected one."""
SEED = 0


def photos(served: Classifier) -> np.ndarray:
    """Two random pictures of another size than the model's, uint8 RGB."""
    height, width = served.size
    return np.random.default_rng(SEED).integers(0, 256, (2, height + 5, 2 * width, 3)).astype(np.uint8)


def fitted(served: Classifier, images: np.ndarray) -> np.ndarray:
    """The pictures as the model takes them."""
    tensor = pictures.fit(images, served.size, served.channels, served.way.crop, served.way.interpolation)
    return keras.ops.convert_to_numpy(keras.ops.cast(tensor, served.model.inputs[0].dtype))


def probabilities(served: Classifier, tensor: np.ndarray) -> np.ndarray:
    """What the Keras model says."""
    return keras.ops.convert_to_numpy(served.probabilities(served.model(tensor, training=False)))


def check(where: str, found: Mapping[str, Any], expected: Mapping[str, np.ndarray], allowed: float = ALLOWED) -> None:
    """Compare outputs by name.

    Args:
        where: What was run, for the message.
        found: The outputs of the file.
        expected: Those of the Keras model.
        allowed: See ``ALLOWED``.

    Raises:
        ValueError: The Keras model's own outputs are not finite.
        RuntimeError: An output differs by more than is allowed; the message says by how much.
    """
    for name, values in expected.items():
        if not np.isfinite(values).all():
            raise ValueError(
                f"The model's own {name} are not finite for random inputs, so that nothing can be compared. Its "
                "weights are not finite, or a solver did not come to the end: loosen its tolerances or give steps=."
            )
        got = np.asarray(found[name])
        if got.shape != values.shape:
            raise RuntimeError(f"{where}: {name} has shape {got.shape}, the Keras model's {values.shape}. Not kept.")
        error = float(np.max(np.abs(got - values)) / max(1.0, float(np.max(np.abs(values)))))
        if not error <= allowed:
            raise RuntimeError(
                f"{where}: {name} differs from the Keras model's by {error:.1e}. Allowed: {allowed:.0e}. Not kept."
            )
