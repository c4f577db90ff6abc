"""Some of the channels of a state."""

from typing import Any, final

import keras

from zoo import _check
from zoo.layers.tensors import Shape, Tensor


@final
@keras.saving.register_keras_serializable(package="zoo")
class ChannelSlice(keras.layers.Layer):
    """``y = u[…, start:stop]``: the channels from ``start`` to before ``stop``.

    Two of them split a state into halves, which ``keras.layers.Concatenate`` joins again.

    Args:
        start: The first channel, from 0.
        stop: The channel after the last.

    Input shape: ``(batch, …, channels)``, at least ``stop`` channels. Output shape: ``(batch, …, stop − start)``.

    Raises:
        ValueError: ``start`` is no integer ≥ 0, ``stop`` is no larger integer, or (when built) the input has fewer
            channels.
    """

    def __init__(self, start: int, stop: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.start = _check.integer(start, "start", least=0)
        self.stop = _check.integer(stop, "stop", least=self.start + 1)

    def build(self, input_shape: Shape) -> None:
        if input_shape[-1] is None or input_shape[-1] < self.stop:
            raise ValueError(
                f"{self.name} takes channels {self.start} to {self.stop - 1}. Received the shape: {tuple(input_shape)}."
            )
        self.built = True

    def call(self, u: Tensor) -> Tensor:
        return u[..., self.start : self.stop]

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (*input_shape[:-1], self.stop - self.start)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "start": self.start, "stop": self.stop}
