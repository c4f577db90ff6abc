"""The columns of a fractal net as networks of their own, and all of them at once."""

from typing import Any, Self

import keras

from zoo import _check
from zoo.layers import Scheme
from zoo.layers.tensors import Tensor


def column(model: keras.Model, number: int) -> keras.Model:
    """One column of a ``FractalNet`` through all blocks as a plain network, which shares the weights.

    Args:
        model: A functional model whose ``Fractal`` blocks have equally many columns.
        number: 1 (the shallowest) … C, or −1 for the deepest.

    Raises:
        ValueError: The model is not functional, has no fractal blocks, or no such column.
    """
    count = _columns_of(model)
    number = count if number == -1 else _check.integer(number, "number")
    if number > count:
        raise ValueError(f"{model.name} has columns 1 to {count}. Received: number={number}.")

    def call(layer, *args, **kwargs):
        return layer.column(number)(args[0]) if _has_columns(layer) else layer(*args, **kwargs)

    alone = keras.models.clone_model(model, clone_function=lambda layer: layer, call_function=call)
    alone.name = f"{model.name}_column{number}"
    return alone


def columns(model: keras.Model) -> list[int]:
    """The numbers of a model's columns, the shallowest first; none if it has no fractal blocks."""
    return list(range(1, max((layer.columns for layer in model.layers if _has_columns(layer)), default=0) + 1))


@keras.saving.register_keras_serializable(package="zoo")
class Anytime(keras.Model):
    """A ``FractalNet`` that answers with every column and with the whole net.

    The outputs are a dictionary of ``"column1"`` (the shallowest) to ``"columnC"`` and ``"whole"``: losses, metrics and
    histories have those names. The weights are shared with the network, which is the attribute ``network``.

    Source: Larsson, Maire and Shakhnarovich, "FractalNet" (2017, arXiv:1605.07648), §1: an anytime property.

    Args:
        network: A functional model whose ``Fractal`` blocks have equally many columns.

    Raises ``ValueError`` if the model is not functional or has no fractal blocks.
    """

    def __init__(self, network: keras.Model, **kwargs: Any):
        super().__init__(**kwargs)
        self.count = _columns_of(network)
        self.network = network

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        answers = {f"column{n}": column(self.network, n)(inputs, training=training) for n in range(1, self.count + 1)}
        return {**answers, "whole": self.network(inputs, training=training)}

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "network": keras.saving.serialize_keras_object(self.network)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        return cls(**{**config, "network": keras.saving.deserialize_keras_object(config["network"])})


def anytime(model: keras.Model) -> Anytime:
    """The ``Anytime`` model of a ``FractalNet``, built for its input."""
    every = Anytime(model, name=f"{model.name}_anytime")
    every(keras.Input(model.input_shape[1:]))
    return every


def _has_columns(layer):
    return isinstance(layer, Scheme) and layer.columns > 0


def _columns_of(model):
    numbers = {layer.columns for layer in _check.functional(model, "fractalnet").layers if _has_columns(layer)}
    if len(numbers) != 1:
        raise ValueError(
            f"Expected a model with Fractal blocks of equally many columns, such as zoo.applications.FractalNet(). "
            f"Received: {model.name}, with blocks of {sorted(numbers) or 'no'} columns."
        )
    return numbers.pop()
