"""A bijection of numbers: a scale and a shift."""

import math
from typing import Any, final

import keras
from keras import ops

from zoo import _check
from zoo.layers.tensors import Shape, Tensor


@final
@keras.saving.register_keras_serializable(package="zoo")
class Affine(keras.layers.Layer):
    """``x = a z + b``, ``log |det ∂x/∂z| = D log |a|``: the units in which data of dimension D are given.

    Of pictures ``Affine(128, 128)`` takes [-1, 1], where a flow works, to pixels with uniform noise below a grey level,
    [0, 256): then −log p / (D log 2) is in bits a dimension.

    Args:
        scale: a, not zero. Defaults to ``1.0``.
        shift: b. Defaults to ``0.0``.

    Input shape: ``(batch, …)``. ``affine(x)`` is ``inverse``, as of all transforms of a flow.

    Raises ``ValueError`` if a number is not finite or the scale is zero.
    """

    def __init__(self, scale: float = 1.0, shift: float = 0.0, **kwargs: Any):
        super().__init__(**{"dtype": "float32", **kwargs})
        self.scale, self.shift = _check.finite(scale, "scale"), _check.finite(shift, "shift")
        if self.scale == 0:
            raise ValueError("A scale of zero cannot be undone. Expected: another number. Received: scale=0.")

    def call(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self.inverse(x)

    def forward(self, z: Tensor, training: bool = False) -> tuple[Tensor, Tensor]:
        """x and the change of the log density, ``(batch,)``."""
        x = self.scale * ops.convert_to_tensor(z, "float32") + self.shift
        return x, self._change(x, 1)

    def inverse(self, x: Tensor, training: bool = False) -> tuple[Tensor, Tensor]:
        """z and the change of the log density, ``(batch,)``."""
        z = (ops.convert_to_tensor(x, "float32") - self.shift) / self.scale
        return z, self._change(z, -1)

    def _change(self, like, sign):
        size = math.prod(like.shape[1:])
        return ops.full((ops.shape(like)[0],), sign * size * math.log(abs(self.scale)), dtype=like.dtype)

    def compute_output_shape(self, input_shape: Shape) -> tuple[Shape, Shape]:
        return tuple(input_shape), (input_shape[0],)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "scale": self.scale, "shift": self.shift}
