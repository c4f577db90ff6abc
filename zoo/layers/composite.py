"""A layer made of layers: how it is configured, and under which names its parts stand in a weight file."""

import abc
import inspect
from typing import Any, Self

import keras


class Composite(keras.layers.Layer, abc.ABC):
    """A layer that is given other layers and calls them.

    Abstract: a final class stores each argument of its ``__init__`` in an attribute of the same name, from which the
    configuration is made, and says what its ``parts`` are. A layer that is given several times, by itself or inside a
    ``keras.Sequential``, is shared, and is so again after a round trip through the configuration.
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


def described(arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments for a configuration. In them and in their lists every layer is described where it stands first, as
    ``{"layer": n, …}``, and referred to by ``{"layer": n}`` where it stands again."""
    numbers: dict[int, int] = {}

    def describe(value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return [describe(each) for each in value]
        if not isinstance(value, keras.layers.Layer):
            return keras.saving.serialize_keras_object(value)
        if id(value) in numbers:
            return {"layer": numbers[id(value)]}
        number = numbers[id(value)] = len(numbers)
        if type(value) is keras.Sequential:
            return {"layer": number, "sequential": value.name, "parts": describe(value.layers)}
        return {"layer": number, "config": keras.saving.serialize_keras_object(value)}

    return {name: describe(value) for name, value in arguments.items()}


def restored(config: dict[str, Any]) -> dict[str, Any]:
    """The configuration with the layers that ``described`` wrote; one that was shared is shared again."""
    layers: dict[int, keras.layers.Layer] = {}

    def restore(value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return [restore(each) for each in value]
        if not isinstance(value, dict) or "layer" not in value:
            return value
        number = value["layer"]
        if "sequential" in value:
            layers[number] = keras.Sequential(restore(value["parts"]), name=value["sequential"])
        elif "config" in value:
            layers[number] = keras.saving.deserialize_keras_object(value["config"])
        return layers[number]

    return {name: restore(value) for name, value in config.items()}
