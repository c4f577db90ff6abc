"""The block of a U-Net: two convolutions that see an embedding of time and class."""

from typing import Any, final

import keras

from zoo.layers.normalization.group_normalization import GroupNormalization
from zoo.layers.tensors import Shape, Tensor


@final
@keras.saving.register_keras_serializable(package="zoo")
class ResidualBlock(keras.layers.Layer):
    """``y = P u + K₂ ∗ σ(N₂(K₁ ∗ σ(N₁(u)) + W e))``: the embedding e moves the channels between two convolutions.

    N is group normalization, σ swish, P a 1×1 convolution where the channels change and else the identity. K₂ starts at
    zero, so that the block starts as P.

    Source: the residual block of Ho, Jain and Abbeel, "Denoising Diffusion Probabilistic Models" (2020,
    arXiv:2006.11239), appendix B, without dropout and attention.

    Args:
        filters: Channels of y.
        groups: Groups of the normalizations. Defaults to ``8``.

    Called ``(u, e)``: u ``(batch, height, width, channels)``, e ``(batch or 1, size)``. Output shape: ``(batch, height,
    width, filters)``.
    """

    def __init__(self, filters: int, groups: int = 8, **kwargs: Any):
        super().__init__(**kwargs)
        self.filters, self.groups = filters, groups
        self.norm1 = GroupNormalization(groups, "swish", epsilon=1e-5, dtype=self.dtype_policy)
        self.conv1 = convolution(filters, 3, dtype=self.dtype_policy)
        self.shift = keras.layers.Dense(filters, use_bias=False, dtype=self.dtype_policy)
        self.norm2 = GroupNormalization(groups, "swish", epsilon=1e-5, dtype=self.dtype_policy)
        self.conv2 = convolution(filters, 3, zero=True, dtype=self.dtype_policy)
        self.projection: keras.layers.Conv2D | None = None

    def build(self, u_shape: Shape, e_shape: Shape) -> None:
        inside = (*u_shape[:-1], self.filters)
        if u_shape[-1] != self.filters:
            projection = self.projection = convolution(self.filters, 1, dtype=self.dtype_policy)
            projection.build(u_shape)
        for layer, shape in ((self.norm1, u_shape), (self.conv1, u_shape), (self.norm2, inside), (self.conv2, inside)):
            layer.build(shape)
        self.shift.build(e_shape)

    def call(self, u: Tensor, e: Tensor, training: bool | None = None) -> Tensor:
        inside = self.conv1(self.norm1(u, training=training))
        inside = inside + keras.ops.expand_dims(self.shift(e), (1, 2))
        change = self.conv2(self.norm2(inside, training=training))
        return change + (u if self.projection is None else self.projection(u))

    def compute_output_shape(self, u_shape: Shape, e_shape: Shape) -> Shape:
        return (*u_shape[:-1], self.filters)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "filters": self.filters, "groups": self.groups}


def convolution(filters: int, size: int, zero: bool = False, dtype: Any = None) -> keras.layers.Conv2D:
    """A convolution with a bias that keeps height and width; its kernel starts at U(±√(3/fan-in)), or at zero."""
    initializer = "zeros" if zero else keras.initializers.VarianceScaling(1.0, "fan_in", "uniform")
    options = {"padding": "same", "data_format": "channels_last", "dtype": dtype}
    return keras.layers.Conv2D(filters, size, kernel_initializer=initializer, **options)
