"""Batch normalization as a bijection."""

import math
from typing import Any, final

import keras
from keras import ops

from zoo import _check
from zoo.layers.tensors import Shape, Tensor


@final
@keras.saving.register_keras_serializable(package="zoo")
class MovingBatchNorm(keras.layers.Layer):
    """``z = γ (x − μ) / √(σ² + ε) + β``, a channel's μ and σ² being moving moments: a bijection of each point alone.

    ``log |det ∂z/∂x| = Σ (log γ − ½ log(σ² + ε))`` over the dimensions. Both directions take the same moments, in
    training as in inference; moments of the batch, as of the usual batch normalization, would tie the points together
    and leave no density of one. In training ``inverse``, from the data to the base, moves them towards those of the
    batch after it has used them: ``μ ← m μ + (1 − m) mean``, and σ² likewise. ``forward`` never moves them, nor does
    anything where the layer is not ``trainable``.

    Source: ``MovingBatchNorm`` of lib/layers/normalization.py, the authors' code of Grathwohl et al. (2018,
    arXiv:1810.01367), after Dinh et al. (2017, arXiv:1605.08803), §3.7.

    Args:
        momentum: m. Defaults to ``0.9``.
        epsilon: ε. Defaults to ``1e-4``.
        affine: Whether log γ and β are trained, which start at 0; else they stay there. Defaults to ``True``. Flow
            matching, which trains the field alone, needs ``False``.

    Input shape: ``(batch, …, channels)``. ``norm(x)`` is ``inverse``, as of all transforms of a flow.

    Raises ``ValueError`` if m is not in [0, 1) or ε not positive.
    """

    def __init__(self, momentum: float = 0.9, epsilon: float = 1e-4, affine: bool = True, **kwargs: Any):
        super().__init__(**{"dtype": "float32", **kwargs})
        self.momentum, self.epsilon = _check.rate(momentum, "momentum"), _check.finite(epsilon, "epsilon")
        if self.epsilon <= 0:
            raise ValueError(f"epsilon must be greater than 0. Received: epsilon={epsilon!r}.")
        self.affine = bool(affine)

    def build(self, x_shape: Shape) -> None:
        shape = (x_shape[-1],)
        self.moving_mean = self.add_weight(shape=shape, initializer="zeros", name="moving_mean", trainable=False)
        self.moving_variance = self.add_weight(shape=shape, initializer="ones", name="moving_variance", trainable=False)
        if self.affine:
            self.log_scale = self.add_weight(shape=shape, initializer="zeros", name="log_gamma")
            self.shift = self.add_weight(shape=shape, initializer="zeros", name="beta")

    def call(self, x: Tensor, training: bool = False) -> tuple[Tensor, Tensor]:
        return self.inverse(x, training=training)

    def forward(self, z: Tensor, training: bool = False) -> tuple[Tensor, Tensor]:
        """x and the change of the log density, ``(batch,)``."""
        z = ops.convert_to_tensor(z, self.compute_dtype)
        log_scale, mean, shift = self._moments()
        return (z - shift) * ops.exp(-log_scale) + mean, -_change(z, log_scale)

    def inverse(self, x: Tensor, training: bool = False) -> tuple[Tensor, Tensor]:
        """z and the change of the log density, ``(batch,)``; in training the moments move."""
        x = ops.convert_to_tensor(x, self.compute_dtype)
        log_scale, mean, shift = self._moments()
        z = (x - mean) * ops.exp(log_scale) + shift
        if training and self.trainable:
            self._move(ops.stop_gradient(x))
        return z, _change(x, log_scale)

    def _moments(self):
        """log(γ / √(σ² + ε)), μ and β."""
        log_scale = -0.5 * ops.log(ops.convert_to_tensor(self.moving_variance) + self.epsilon)
        mean = ops.convert_to_tensor(self.moving_mean)
        if not self.affine:
            return log_scale, mean, ops.zeros_like(mean)
        return log_scale + self.log_scale, mean, ops.convert_to_tensor(self.shift)

    def _move(self, x):
        mean, variance = ops.moments(x, axes=list(range(len(x.shape) - 1)))
        for moving, value in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving.assign(self.momentum * moving + (1 - self.momentum) * ops.cast(value, moving.dtype))

    def compute_output_shape(self, input_shape: Shape) -> tuple[Shape, Shape]:
        return tuple(input_shape), (input_shape[0],)

    def get_config(self) -> dict[str, Any]:
        own = {"momentum": self.momentum, "epsilon": self.epsilon, "affine": self.affine}
        return {**super().get_config(), **own}


def _change(like, log_scale):
    """Σ log(γ / √(σ² + ε)) over the dimensions, for each of a batch."""
    pixels = math.prod(like.shape[1:-1])
    return pixels * ops.sum(log_scale) + ops.zeros((ops.shape(like)[0],), dtype=like.dtype)
