"""Layers one after the other that may take the time."""

from collections.abc import Sequence
from typing import Any, final

import keras

from zoo.layers import field as _field
from zoo.layers.composite import Composite
from zoo.layers.tensors import Shape, Tensor


@final
@keras.saving.register_keras_serializable(package="zoo")
class TimeSequential(Composite):
    """``f(t, u) = fₙ(t, … f₂(t, f₁(t, u)))``: a field of layers, each called ``(t, u)`` if it takes time, else ``(u)``.

    What ``keras.Sequential`` is for fields f(u).

    Args:
        layers: At least one Keras layer.

    Called ``(t, u)``, with the shapes that the first layer accepts. Output shape: that of the last.

    Raises:
        TypeError: One of them is not a Keras layer.
        ValueError: The list is empty.
    """

    def __init__(self, layers: Sequence[keras.layers.Layer], **kwargs: Any):
        super().__init__(**kwargs)
        self.layers = _field.check_all(layers, "TimeSequential")

    def parts(self) -> dict[str, keras.layers.Layer]:
        """The layers by their own names, as in a ``keras.Sequential``."""
        return {layer.name: layer for layer in self.layers}

    def build(self, t_shape: Shape, u_shape: Shape) -> None:
        t = keras.KerasTensor(t_shape, dtype=self.compute_dtype)
        self.call(t, keras.KerasTensor((None, *u_shape[1:]), dtype=self.compute_dtype))

    def call(self, t: Tensor, u: Tensor, training: bool | None = None) -> Tensor:
        for layer in self.layers:  # Keras hands ``training`` on to them
            u = layer(t, u) if _field.takes_time(layer) else layer(u)
        return u

    def compute_output_shape(self, t_shape: Shape, u_shape: Shape) -> Shape:
        for layer in self.layers:
            u_shape = layer.compute_output_shape(*([t_shape, u_shape] if _field.takes_time(layer) else [u_shape]))
        return u_shape
