"""The model that is exported: in float32, and with an answer for a picture that no other picture changes."""

from collections.abc import Iterator
from typing import Any

import keras

from zoo.layers import Scheme

HALF = ("float16", "bfloat16", "mixed_float16", "mixed_bfloat16")
"""Policies that servers compute slowly or not at all."""


def rebuilt(model: keras.Model) -> keras.Model:
    """A functional model of the same function and, but for half precision, the same weights, with what a server needs:
    float32 in the place of half precision, and adaptive steps of each picture's own.

    Raises:
        ValueError: The model has a half-precision policy and is not made of layers that describe themselves.
    """
    single = float32(model)
    return apart(keras.Model(single.inputs[0], single.outputs[0], name=model.name))


def float32(model: keras.Model) -> keras.Model:
    """The model, rebuilt with its weights in float32 if some layer computes in half precision."""
    if not any(layer.dtype_policy.name in HALF for layer in model._flatten_layers()):
        return model
    try:
        config = _single(keras.saving.serialize_keras_object(model))
        again = keras.saving.deserialize_keras_object(config)
        again.set_weights([keras.ops.convert_to_numpy(each) for each in model.weights])
    except Exception as error:  # a model of classes of one's own, of which Keras raises many kinds
        raise ValueError(
            f"{model.name} computes in half precision and cannot be rebuilt in float32, in which servers run it. "
            f"Expected layers that Keras can serialize. {' '.join(str(error).split())[:200]}"
        ) from error
    return again


def _single(value: Any) -> Any:
    """A configuration with float32 in the place of every policy of half precision."""
    if isinstance(value, dict):
        return {
            key: "float32" if key in ("dtype", "name") and each in HALF else _single(each)
            for key, each in value.items()
        }
    return [_single(each) for each in value] if isinstance(value, (list, tuple)) else value


def schemes(model: keras.Model) -> Iterator[Scheme]:
    """The layers of a model that step, also of models inside it, but not what schemes are made of."""
    for layer in model.layers:
        if isinstance(layer, Scheme):
            yield layer
        elif isinstance(layer, keras.Model):
            yield from schemes(layer)


def apart(model: keras.Model) -> keras.Model:
    """The model with ``alone()`` in the place of each scheme, also in models inside it; it shares all weights."""
    if all(scheme.alone() is scheme for scheme in schemes(model)):
        return model

    def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(layer, keras.Model):
            layer = apart(layer)
        return (layer.alone() if isinstance(layer, Scheme) else layer)(*args, **kwargs)

    graph = keras.Model(model.inputs[0], model.outputs[0], name=model.name)  # of a Sequential, too
    return keras.models.clone_model(graph, clone_function=lambda layer: layer, call_function=call)


class Counted(keras.layers.Layer):
    """``(u⁺, evaluations)`` of a scheme as a layer: ``Scheme.counted``."""

    def __init__(self, scheme: Scheme) -> None:
        super().__init__(dtype=scheme.dtype_policy)
        self.scheme = scheme

    def call(self, u: Any) -> tuple[Any, Any]:
        return self.scheme.counted(u)

    def compute_output_spec(self, u: Any) -> tuple[keras.KerasTensor, keras.KerasTensor]:
        shape = self.scheme.compute_output_shape(u.shape)
        return keras.KerasTensor(shape, self.compute_dtype), keras.KerasTensor(u.shape[:1], "int32")


def counting(model: keras.Model) -> tuple[keras.Model, int]:
    """A model with this one's ``"outputs"`` and the ``"counts"``, ``(batch,)``, of evaluations of each scheme whose
    steps adapt; and the evaluations of all others in a forward pass."""
    fixed = sum(scheme.evaluations or 0 for scheme in schemes(model))
    counts = []

    def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(layer, Scheme) or layer.evaluations is not None:
            return layer(*args, **kwargs)
        u, evaluations = Counted(layer)(args[0])
        counts.append(evaluations)
        return u

    again = keras.models.clone_model(model, clone_function=lambda layer: layer, call_function=call)
    return keras.Model(again.inputs[0], {"outputs": again.outputs[0], "counts": counts}), fixed
