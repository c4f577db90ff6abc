"""What rounding leaves of the way back through reversible steps."""

from typing import Any

import keras
import numpy as np

from zoo.analysis.step_states import at_steps


def reconstruction_errors(model: keras.Model, images: Any) -> dict[str, float]:
    """``‖Φ⁻¹(Φ(u)) − u‖ / ‖u‖`` of every step or run of a model that can be undone, in inference mode.

    It is zero in exact arithmetic; what is there is rounding, magnified by as much as the steps contract. A run whose
    gradient recomputes states (``Reversible``) is only as exact as that. Of a step from two states it is the error of
    u⁻, which grows as 1/|k|, and ∞ where k = 0 and a ``LinearMultistep`` forgets it.

    Source: Gomez, Ren, Urtasun and Grosse (2017, arXiv:1707.04585), §3.2 and figure 3 for what it does to a gradient.

    Args:
        model: A functional model, such as ``zoo.applications.RevNet`` or ``HamiltonianNet``.
        images: Pictures for the model, ``(n, height, width, channels)``; one batch.

    Returns:
        For each layer one number, over all pictures.

    Raises:
        ValueError: The model is not functional, or has no steps that can be undone.
    """
    steps = at_steps(model, images, "reconstruction_errors", lambda layer: hasattr(layer, "inverse"), "can be undone")
    return {layer.name: _error(layer, states, after) for layer, states, after in steps}


def _error(layer, states, after):
    if len(states) > 1 and not keras.ops.convert_to_numpy(layer.coefficients["k"]).all():
        return float("inf")
    undone = layer.inverse([after, states[0]] if len(states) > 1 else after)
    u, again = (np.asarray(keras.ops.convert_to_numpy(each), "float64") for each in (states[-1], undone))
    return float(np.linalg.norm(again - u) / np.linalg.norm(u))
