"""More channels without weights: zeros around those that are there."""

from typing import Any, final

import keras

from zoo import _check
from zoo.layers.tensors import Shape, Tensor


@final
@keras.saving.register_keras_serializable(package="zoo")
class ChannelPadding(keras.layers.Layer):
    """``u⁺ = (0, u, 0)`` along the last axis, up to ``filters`` channels: half of the zeros before u, half after.

    With ``groups`` = 2 each half of the last axis is padded by itself: the halves of a coupled state stay halves.

    Source: the shortcuts without weights of He et al. (2016, arXiv:1512.03385), §3.3, option A; placed symmetrically as
    in the authors' code of Gomez et al., "The Reversible Residual Network" (2017, arXiv:1707.04585).

    Args:
        filters: Channels of the output, at least those of the input.
        groups: Equal parts of the last axis, each padded by itself. Defaults to ``1``.

    Input shape: ``(batch, …, channels)``. Output shape: ``(batch, …, filters)``.

    Raises:
        ValueError: ``filters`` or ``groups`` is not a positive integer, or (when built) the channels, or those to be
            added, do not divide into the groups, or the input has more channels than ``filters``.
    """

    def __init__(self, filters: int, groups: int = 1, **kwargs: Any):
        super().__init__(**kwargs)
        self.filters = _check.integer(filters, "filters")
        self.groups = _check.integer(groups, "groups")

    def build(self, input_shape: Shape) -> None:
        channels = input_shape[-1]
        if channels > self.filters or channels % self.groups or self.filters % self.groups:
            raise ValueError(
                f"{self.name} pads each of {self.groups} equal group(s) of channels up to {self.filters} in all. "
                f"Received: {channels} channels. Choose filters of at least that, and both multiples of the groups."
            )
        self.built = True

    def call(self, u: Tensor) -> Tensor:
        added = (self.filters - u.shape[-1]) // self.groups
        width = [(0, 0)] * (len(u.shape) - 1) + [(added // 2, added - added // 2)]
        parts = keras.ops.split(u, self.groups, axis=-1)
        return keras.ops.concatenate([keras.ops.pad(part, width) for part in parts], axis=-1)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (*input_shape[:-1], self.filters)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "filters": self.filters, "groups": self.groups}
