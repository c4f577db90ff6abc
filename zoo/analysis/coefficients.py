"""The trained coefficients of the steps of a network."""

import keras
import numpy as np

from zoo import _check
from zoo.layers import Scheme


def step_coefficients(model: keras.Model) -> dict[str, dict[str, np.ndarray]]:
    """``kₙ`` of ``u⁺ = (1 − kₙ) u + kₙ u⁻ + h fₙ(u)``: the coefficients of every step that has some, by layer and name.

    Args:
        model: A functional model, such as ``zoo.applications.LMResNet``.

    Returns:
        For each layer its coefficients, ``{"stage1_block2": {"k": array}}``: a scalar, or an entry for each channel.

    Raises:
        ValueError: The model is not functional, or no step of it has a coefficient.

    Example:

    >>> import zoo.analysis, zoo.applications
    >>> found = zoo.analysis.step_coefficients(zoo.applications.LMResNet(depth=14, weights=None))
    >>> list(found)
    ['stage1_block2', 'stage2_block2', 'stage3_block2']
    """
    steps = [layer for layer in _check.functional(model, "step_coefficients").layers if isinstance(layer, Scheme)]
    found = {layer.name: layer.coefficients for layer in steps if layer.coefficients}
    if not found:
        raise ValueError(
            "step_coefficients needs a model whose steps have coefficients, such as zoo.applications.LMResNet(). "
            f"Received: {model.name}, which has none."
        )
    return {
        name: {each: np.asarray(keras.ops.convert_to_numpy(value)) for each, value in coefficients.items()}
        for name, coefficients in found.items()
    }
