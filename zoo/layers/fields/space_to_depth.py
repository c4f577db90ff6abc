"""Pixels moved into channels and back: half as high and wide without losing anything."""

from typing import Any, final

import keras

from zoo import _check
from zoo.layers.tensors import Shape, Tensor


@final
@keras.saving.register_keras_serializable(package="zoo")
class SpaceToDepth(keras.layers.Layer):
    """``y[i, j, (b p + q) C + c] = u[b i + p, b j + q, c]``: each block of b × b pixels becomes one pixel.

    A permutation of the entries, so that it can be undone: ``DepthToSpace`` does, as does ``inverse``. The channels of
    a pixel of the output are those of the block's pixels one after the other, row by row, as in TensorFlow's
    ``space_to_depth`` of ``NHWC`` (PyTorch's ``PixelUnshuffle`` has another order).

    Source: the invertible downsampling of Jacobsen, Smeulders and Oyallon, "i-RevNet" (2018, arXiv:1802.07088).

    Args:
        block_size: b, the side of a block. Defaults to ``2``.

    Input shape: ``(batch, height, width, C)``, both sides multiples of b, or open. Output shape: ``(batch, height/b,
    width/b, b² C)``.

    Raises:
        ValueError: ``block_size`` is not a positive integer, or a side is not a multiple of it.
    """

    def __init__(self, block_size: int = 2, **kwargs: Any):
        super().__init__(**kwargs)
        self.block_size = _check.integer(block_size, "block_size")

    def call(self, u: Tensor) -> Tensor:
        self._check(u.shape)
        return _packed(u, self.block_size)

    def inverse(self, y: Tensor) -> Tensor:
        """The u whose ``call`` is y."""
        return _spread(keras.ops.convert_to_tensor(y), self.block_size)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        self._check(input_shape)
        batch, *sides, channels = input_shape
        b = self.block_size
        return (batch, *(None if side is None else side // b for side in sides), b * b * channels)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "block_size": self.block_size}

    def _check(self, shape):
        if len(shape) != 4 or any(side is not None and side % self.block_size for side in shape[1:3]):
            raise ValueError(
                f"{self.name} makes one pixel of {self.block_size}×{self.block_size}, so it takes (batch, height, "
                f"width, channels) with sides that are multiples of {self.block_size}. Received the shape: "
                f"{tuple(shape)}. Crop, pad or resize first."
            )


@final
@keras.saving.register_keras_serializable(package="zoo")
class DepthToSpace(keras.layers.Layer):
    """``u[b i + p, b j + q, c] = y[i, j, (b p + q) C + c]``: each pixel becomes a block of b × b pixels.

    It undoes ``SpaceToDepth``, which has the order of the channels.

    Args:
        block_size: b, the side of a block. Defaults to ``2``.

    Input shape: ``(batch, height, width, b² C)``. Output shape: ``(batch, b height, b width, C)``.

    Raises:
        ValueError: ``block_size`` is not a positive integer, or the channels are not a multiple of its square.
    """

    def __init__(self, block_size: int = 2, **kwargs: Any):
        super().__init__(**kwargs)
        self.block_size = _check.integer(block_size, "block_size")

    def call(self, y: Tensor) -> Tensor:
        self._check(y.shape)
        return _spread(y, self.block_size)

    def inverse(self, u: Tensor) -> Tensor:
        """The y whose ``call`` is u."""
        return _packed(keras.ops.convert_to_tensor(u), self.block_size)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        self._check(input_shape)
        batch, *sides, channels = input_shape
        b = self.block_size
        return (batch, *(None if side is None else side * b for side in sides), channels // (b * b))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "block_size": self.block_size}

    def _check(self, shape):
        if len(shape) != 4 or shape[-1] is None or shape[-1] % self.block_size**2:
            raise ValueError(
                f"{self.name} makes {self.block_size}×{self.block_size} pixels of one, so it takes (batch, height, "
                f"width, channels) with channels that are a multiple of {self.block_size**2}. Received the shape: "
                f"{tuple(shape)}."
            )


def _packed(u, b):
    """The blocks of b × b pixels as pixels."""
    batch, height, width, channels = keras.ops.shape(u)
    blocks = keras.ops.reshape(u, (batch, height // b, b, width // b, b, channels))
    together = keras.ops.transpose(blocks, (0, 1, 3, 2, 4, 5))
    return keras.ops.reshape(together, (batch, height // b, width // b, b * b * channels))


def _spread(y, b):
    """The pixels as blocks of b × b pixels."""
    batch, height, width, channels = keras.ops.shape(y)
    blocks = keras.ops.reshape(y, (batch, height, width, b, b, channels // (b * b)))
    apart = keras.ops.transpose(blocks, (0, 1, 3, 2, 4, 5))
    return keras.ops.reshape(apart, (batch, height * b, width * b, channels // (b * b)))
