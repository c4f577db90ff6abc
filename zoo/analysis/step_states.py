"""The states at which the steps of a network are taken."""

from collections.abc import Callable
from typing import Any

import keras

from zoo import _check
from zoo.layers import Scheme


def at_steps(
    model: keras.Model, images: Any, who: str, wanted: Callable[[Any], bool] = lambda layer: True, what: str = ""
) -> list[tuple[Any, list[Any], Any]]:
    """``(layer, [u] or [u, u⁻], u⁺)`` for the layers of a model that step through time, in inference mode.

    Args:
        model: A functional model with layers of ``zoo.layers``.
        images: Pictures as the model takes them, ``(n, height, width, channels)``; one batch.
        who: Who asks, for the message.
        wanted: Which of the layers. Defaults to all.
        what: The same in words, for the message.

    Raises:
        ValueError: The model is not functional, or has no such layer.
    """
    steps: list[Any] = [layer for layer in _check.functional(model, who).layers if isinstance(layer, Scheme)]
    steps = [layer for layer in steps if wanted(layer)]
    if not steps:
        kind = f"layers of zoo.layers that step through time{' and ' + what if what else ''}"
        raise ValueError(f"{who} needs a model with {kind}. Received: {model.name}, which has none.")
    tensors = [tensor for layer in steps for tensor in (*inputs_of(layer), layer.output)]
    tensors = [keras.layers.Identity()(tensor) for tensor in tensors]  # one may be the model's input itself
    values = iter(keras.Model(model.input, tensors)(keras.ops.convert_to_tensor(images), training=False))
    return [(layer, [next(values) for _ in inputs_of(layer)], next(values)) for layer in steps]


def inputs_of(layer: Any) -> list[keras.KerasTensor]:
    """The inputs of a layer, as a list where there is one alone, too."""
    return layer.input if isinstance(layer.input, list) else [layer.input]
