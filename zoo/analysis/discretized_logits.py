"""Logits of one trained flow under several methods, which share the layers before the first stage."""

from collections.abc import Callable

import keras
import numpy as np

from zoo.analysis.work_precision import Setting, evaluations
from zoo.layers import Scheme

Answer = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
"""From states before the first stage to logits, ``(n, classes)``, and the evaluations of the fields, ``(n,)``."""


def answers(model: keras.Model, settings: list[Setting]) -> tuple[keras.Model, list[Answer]]:
    """The layers before the first stage, and what the rest answers under each setting.

    Args:
        model: A classifier as for ``zoo.rediscretize``.
        settings: The methods.

    Raises ``ValueError`` as ``zoo.rediscretize``, if the model does not end in a softmax or in logits, or if its first
    stage is passed by.
    """
    ends = [setting.of(model) for setting in settings]
    start = next(layer.name for layer in model.layers if isinstance(layer, Scheme))
    return keras.Model(model.input, model.get_layer(start).input), [_answer(end, start) for end in ends]


def _answer(model, start):
    rest = keras.Model(model.get_layer(start).input, ending_in_logits(model).output)

    def answer(states):
        logits = np.asarray(rest.predict_on_batch(states), "float64")
        return logits, np.full(len(states), evaluations(rest, states, len(states)))

    return answer


def ending_in_logits(model: keras.Model) -> keras.Model:
    """The model, which is changed, without the softmax at its end; raises ``ValueError`` if it ends otherwise."""
    last = model.output._keras_history.operation
    if isinstance(last, keras.layers.Softmax):
        return keras.Model(model.input, last.input)
    if getattr(last, "activation", None) is keras.activations.softmax:
        last.activation = keras.activations.linear
    elif getattr(last, "activation", None) is not keras.activations.linear:
        raise ValueError(f"{model.name} ends in neither a softmax nor logits. Received: {last}.")
    return model
