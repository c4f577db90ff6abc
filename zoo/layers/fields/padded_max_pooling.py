"""Max-pooling whose windows at the border are smaller, on every side alike."""

from typing import Any, final

import keras

from zoo import _check
from zoo.layers.tensors import Shape, Tensor


@final
@keras.saving.register_keras_serializable(package="zoo")
class PaddedMaxPooling2D(keras.layers.Layer):
    """The maximum over windows of ``size`` × ``size`` pixels, ``strides`` apart, on a map with −∞ around it.

    The margin has (size − 1)/2 pixels: it is PyTorch's max-pooling with padding. Keras's ``padding="same"`` pads a map
    of even sides on the right and below alone, which shifts the windows by a pixel; zeros instead of −∞ are another
    function where the map is negative.

    Args:
        size: Side of the windows, odd.
        strides: Distance of the windows.

    Input shape: ``(batch, height, width, channels)``. Output shape: ``(batch, ⌈height/strides⌉, ⌈width/strides⌉,
    channels)``.

    Raises:
        ValueError: ``size`` or ``strides`` is not a positive integer, or ``size`` is even.
    """

    def __init__(self, size: int, strides: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.size = _check.integer(size, "size")
        self.strides = _check.integer(strides, "strides")
        if self.size % 2 == 0:
            raise ValueError(f"size must be odd, so that the padding is the same on all sides. Received: size={size}.")

    def call(self, u: Tensor) -> Tensor:
        around = (self.size // 2, self.size // 2)
        u = keras.ops.pad(u, [(0, 0), around, around, (0, 0)], constant_values=-float("inf"))
        return keras.ops.max_pool(u, self.size, self.strides, padding="valid", data_format="channels_last")

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        sides = [None if side is None else -(-side // self.strides) for side in input_shape[1:3]]
        return (input_shape[0], *sides, input_shape[3])

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "size": self.size, "strides": self.strides}
