"""Blocks of pixels as pixels with more channels, as a bijection."""

from typing import Any, final

import keras
from keras import ops

from zoo.layers import SpaceToDepth
from zoo.layers.tensors import Shape, Tensor


@final
@keras.saving.register_keras_serializable(package="zoo")
class Squeeze(keras.layers.Layer):
    """``z = SpaceToDepth(x)``: each block of b × b pixels becomes one pixel of the base; ``log |det ∂z/∂x| = 0``.

    A permutation of the entries (see ``zoo.layers.SpaceToDepth`` for the order), by which a multiscale flow halves the
    sides.

    Source: Dinh, Sohl-Dickstein and Bengio, "Density estimation using Real NVP" (2017, arXiv:1605.08803), §3.6.

    Args:
        block_size: b. Defaults to ``2``.

    Input shape: ``(batch, height, width, C)`` on the side of the data, both sides multiples of b; ``(batch, height/b,
    width/b, b² C)`` on that of the base. ``squeeze(x)`` is ``inverse``, as of all transforms of a flow.

    Raises ``ValueError`` if b is not a positive integer, or a side is not a multiple of it.
    """

    def __init__(self, block_size: int = 2, **kwargs: Any):
        super().__init__(**{"dtype": "float32", **kwargs})
        self.folding = SpaceToDepth(block_size, dtype=self.dtype_policy)
        self.block_size = self.folding.block_size

    def build(self, x_shape: Shape) -> None:
        self.folding.build(x_shape)

    def call(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self.inverse(x)

    def forward(self, z: Tensor, training: bool = False) -> tuple[Tensor, Tensor]:
        """x and the change of the log density, ``(batch,)``, which is 0."""
        z = ops.convert_to_tensor(z, self.compute_dtype)
        return self.folding.inverse(z), _nothing(z)

    def inverse(self, x: Tensor, training: bool = False) -> tuple[Tensor, Tensor]:
        """z and the change of the log density, ``(batch,)``, which is 0."""
        x = ops.convert_to_tensor(x, self.compute_dtype)
        return self.folding(x), _nothing(x)

    def compute_output_shape(self, input_shape: Shape) -> tuple[Shape, Shape]:
        return tuple(self.folding.compute_output_shape(input_shape)), (input_shape[0],)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "block_size": self.block_size}


def _nothing(like):
    return ops.zeros((ops.shape(like)[0],), dtype=like.dtype)
