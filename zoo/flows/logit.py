"""Pixels between 0 and 1 as numbers without bounds."""

import math
from typing import Any, final

import keras
import numpy as np
from keras import ops

from zoo import _check
from zoo.layers.tensors import Shape, Tensor


@final
@keras.saving.register_keras_serializable(package="zoo")
class Logit(keras.layers.Layer):
    """``z = log s − log(1 − s)``, ``s = α + (1 − 2α) x``: points in [0, 1] become numbers without bounds.

    ``log |det ∂z/∂x| = Σ (log(1 − 2α) − log s − log(1 − s))``. The base is carried to ``x = (σ(z) − α) / (1 − 2α)``, σ
    the logistic function, which is outside [0, 1] by at most α / (1 − 2α), and there only where z is beyond the logits
    of α and 1 − α; clip such samples before they are scored. Pictures are brought into [0, 1] by
    ``zoo.flows.dequantized``.

    Source: Dinh, Sohl-Dickstein and Bengio, "Density estimation using Real NVP" (2017, arXiv:1605.08803), §4.1;
    symmetric as in the authors' code of Grathwohl et al. (2018, arXiv:1810.01367), lib/layers/elemwise.py.

    Args:
        alpha: α, between 0 and ½, that keeps 0 and 1 from infinity. Defaults to ``1e-6``; of natural pictures 0.05 is
            common.

    Input shape: ``(batch, …)``. ``logit(x)`` is ``inverse``, as of all transforms of a flow.

    Raises ``ValueError`` if α is not between 0 and ½.
    """

    def __init__(self, alpha: float = 1e-6, **kwargs: Any):
        super().__init__(**{"dtype": "float32", **kwargs})
        self.alpha = _check.finite(alpha, "alpha")
        if not 0 < self.alpha < 0.5:
            raise ValueError(f"alpha must be between 0 and 0.5. Received: alpha={alpha!r}.")

    def call(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self.inverse(x)

    def forward(self, z: Tensor, training: bool = False) -> tuple[Tensor, Tensor]:
        """x and the change of the log density, ``(batch,)``."""
        z = ops.convert_to_tensor(z, self.compute_dtype)
        slope = ops.log_sigmoid(z) + ops.log_sigmoid(-z) - math.log(1 - 2 * self.alpha)
        return (ops.sigmoid(z) - self.alpha) / (1 - 2 * self.alpha), _summed(slope)

    def inverse(self, x: Tensor, training: bool = False) -> tuple[Tensor, Tensor]:
        """z and the change of the log density, ``(batch,)``; raises ``ValueError`` as ``check`` does for an array."""
        if isinstance(x, np.ndarray):
            self.check(x)
        x = ops.convert_to_tensor(x, self.compute_dtype)
        scale = 1 - 2 * self.alpha
        low, high = ops.log(self.alpha + scale * x), ops.log(self.alpha + scale * (1 - x))  # 1 − s would round
        return low - high, _summed(math.log(scale) - low - high)

    def check(self, x: np.ndarray) -> None:
        """Raises ``ValueError`` if an entry of the points is outside [0, 1]."""
        outside = ((x < 0) | (x > 1)).any(axis=tuple(range(1, x.ndim)))
        if outside.any():
            raise ValueError(
                f"{self.name} takes points in [0, 1]. Received: {outside.sum()} of {len(x)} points with an entry "
                f"outside, the first at index {int(outside.argmax())}; the entries go from {x.min():.6g} to "
                f"{x.max():.6g}. Pixels of 0..255 become such points by zoo.flows.dequantized, or by "
                "zoo.flows.Affine(256, 0) after this transform."
            )

    def compute_output_shape(self, input_shape: Shape) -> tuple[Shape, Shape]:
        return tuple(input_shape), (input_shape[0],)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "alpha": self.alpha}


def _summed(x):
    return ops.sum(ops.reshape(x, (-1, math.prod(x.shape[1:]))), axis=1)
