"""A layer made of layers: how it is configured, and under which names its parts stand in a weight file."""

import abc
import contextlib
import contextvars
import inspect
from typing import Any, Self

import keras


class Composite(keras.layers.Layer, abc.ABC):
    """A layer that is given other layers and calls them.

    Abstract: a final class stores each argument of its ``__init__`` in an attribute of the same name, from which the
    configuration is made, and says what its ``parts`` are. A layer that is given several times, by itself or inside a
    ``keras.Sequential``, is shared, and is so again after a round trip through the configuration; so is one that stands
    in several composites inside this one.
    """

    @abc.abstractmethod
    def parts(self) -> dict[str, keras.layers.Layer]:
        """The layers inside by the names of their places, in order.

        A name says the place and nothing else, so that two networks that are built in the same way have the same
        names. A layer that stands at several places has several names.
        """

    def arguments(self) -> dict[str, Any]:
        """The arguments of ``__init__`` by name, but for Keras's own."""
        names = list(inspect.signature(type(self).__init__).parameters)[1:]
        return {name: getattr(self, name) for name in names if name not in ("args", "kwargs")}

    def get_config(self) -> dict[str, Any]:
        """The configuration: what Keras knows of every layer, and the ``arguments``."""
        return {**super().get_config(), **described(self.arguments())}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """The layer that ``get_config`` described."""
        return cls(**restored(config))


def parts_of(layer: keras.layers.Layer) -> dict[str, keras.layers.Layer]:
    """The parts of any layer: of a ``Composite`` as it says, of a Keras model its layers by name; else none."""
    if isinstance(layer, Composite):
        return layer.parts()
    return {part.name: part for part in layer.layers} if isinstance(layer, keras.Model) else {}


def numbered(layers: list[keras.layers.Layer], name: str = "field") -> dict[str, keras.layers.Layer]:
    """The layers as ``field1``, ``field2``, …"""
    return {f"{name}{n}": layer for n, layer in enumerate(layers, start=1)}


_DESCRIBED: contextvars.ContextVar[dict[int, int] | None] = contextvars.ContextVar("described", default=None)
_RESTORED: contextvars.ContextVar[dict[int, Any] | None] = contextvars.ContextVar("restored", default=None)
"""What the composite around the one at hand has numbered so far: numbers by identity, and layers by number."""


def described(arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments for a configuration. In them and in their lists every layer is described where it stands first, as
    ``{"layer": n, …}``, and referred to by ``{"layer": n}`` where it stands again, also inside another composite."""
    with _scope(_DESCRIBED) as numbers:
        return {name: _description(value, numbers) for name, value in arguments.items()}


def _description(value, numbers):
    if isinstance(value, (list, tuple)):
        return [_description(each, numbers) for each in value]
    if not isinstance(value, keras.layers.Layer):
        return keras.saving.serialize_keras_object(value)
    if id(value) in numbers:
        return {"layer": numbers[id(value)]}
    number = numbers[id(value)] = len(numbers)
    if type(value) is keras.Sequential:
        return {"layer": number, "sequential": value.name, "parts": _description(value.layers, numbers)}
    return {"layer": number, "config": keras.saving.serialize_keras_object(value)}


def restored(config: dict[str, Any]) -> dict[str, Any]:
    """The configuration with the layers that ``described`` wrote; one that was shared is shared again."""
    with _scope(_RESTORED) as layers:
        return {name: _restoration(value, layers) for name, value in config.items()}


def _restoration(value, layers):
    if isinstance(value, (list, tuple)):
        return [_restoration(each, layers) for each in value]
    if not isinstance(value, dict) or "layer" not in value:
        return value
    number = value["layer"]
    if "sequential" in value:
        layers[number] = keras.Sequential(_restoration(value["parts"], layers), name=value["sequential"])
    elif "config" in value:
        layers[number] = keras.saving.deserialize_keras_object(value["config"])
    return layers[number]


@contextlib.contextmanager
def _scope(variable):
    """The dictionary of the composite around, or a new one for the outermost."""
    around = variable.get()
    if around is not None:
        yield around
        return
    token = variable.set({})
    try:
        yield variable.get()
    finally:
        variable.reset(token)
