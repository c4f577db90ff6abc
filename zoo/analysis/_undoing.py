"""How each layer of an invertible network is undone."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from zoo.layers import ChannelSlice


def _inputs(layer: keras.layers.Layer) -> list[keras.KerasTensor]:
    return layer.input if isinstance(layer.input, list) else [layer.input]


def lacking(layer: Any, known: dict[int, Any]) -> list[keras.KerasTensor]:
    """The inputs of a layer that are not known yet."""
    return [tensor for tensor in _inputs(layer) if id(tensor) not in known]


def found(layer: Any, layers: list[Any], known: dict[int, Any]) -> dict[int, Any]:
    """What follows from what is known around a layer: its output from all inputs, or an input from the output."""
    inputs, unknown = _inputs(layer), lacking(layer, known)
    if not unknown:
        if id(layer.output) in known:
            return {}
        values = [known[id(tensor)] for tensor in inputs]
        return {id(layer.output): layer(values if len(values) > 1 else values[0], training=False)}
    if isinstance(layer, ChannelSlice):
        return _joined(layer.input, layers, known)
    undo = UNDONE.get(type(layer)) or (_by_inverse if hasattr(layer, "inverse") else None)
    if id(layer.output) not in known or undo is None:
        return {}
    value = undo(layer, known[id(layer.output)], [known.get(id(tensor)) for tensor in inputs])
    return {} if value is None else {id(unknown[0]): value}


def _joined(tensor, layers, known) -> dict[int, Any]:
    """A state whose channels are known slice by slice."""
    slices = [layer for layer in layers if isinstance(layer, ChannelSlice) and layer.input is tensor]
    slices = sorted((layer for layer in slices if id(layer.output) in known), key=lambda layer: layer.start)
    ends = [0, *(layer.stop for layer in slices)]
    if [layer.start for layer in slices] != ends[:-1] or ends[-1] != tensor.shape[-1]:
        return {}
    return {id(tensor): keras.ops.concatenate([known[id(layer.output)] for layer in slices], axis=-1)}


def _by_inverse(layer, output, values):
    """Of Zoo's own layers. A step from two states takes the one that it evaluates its field at, too."""
    if len(values) == 1:
        return layer.inverse(output)
    return None if values[0] is None else layer.inverse([output, values[0]])


def _summand(layer, output, values):
    terms = [value for value in values if value is not None]
    return output - sum(terms) if len(terms) == len(values) - 1 else None


def _part(layer, output, values):
    """The first input of a ``Concatenate`` that is not known."""
    sizes = [tensor.shape[layer.axis] for tensor in layer.input]
    position = next(n for n, value in enumerate(values) if value is None)
    return keras.ops.split(output, np.cumsum(sizes)[:-1].tolist(), axis=layer.axis)[position]


def _unscaled(layer, output, values):
    """With scale and offset as rounded as the layer has them."""
    scale, offset = (keras.ops.cast(number, output.dtype) for number in (layer.scale, layer.offset))
    return (output - offset) / scale


UNDONE: dict[type, Callable[..., Any]] = {
    keras.layers.Add: _summand,
    keras.layers.Concatenate: _part,
    keras.layers.Rescaling: _unscaled,
}
"""How layers of Keras's are undone: ``(layer, output, values of its inputs)``, of which ``None`` are not known."""
