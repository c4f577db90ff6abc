"""The velocity field of a flow of pictures."""

import math
from collections.abc import Sequence
from typing import Any, final

import keras

from zoo import _check
from zoo.flows._residual_block import ResidualBlock, convolution
from zoo.layers.fields.space_to_depth import DepthToSpace, SpaceToDepth
from zoo.layers.normalization.group_normalization import GroupNormalization
from zoo.layers.tensors import Shape, Tensor

FASTEST = 100.0
"""The largest frequency at which the embedding sees the time, in radians over a unit of time; the smallest is 1."""


@final
@keras.saving.register_keras_serializable(package="zoo")
class UNet(keras.layers.Layer):
    """``f(t, u, c)``: a U-Net whose blocks see ``e = W₂ σ(W₁ (cos ω t, sin ω t)) + E[c]``, which tells time and class.

    Blocks of p × p pixels become one pixel at first, so that most of the work is done on small maps. Each level has
    half the side of the level before it; on the way back it also sees what it was on the way down. The last convolution
    starts at zero, and so does f: the flow starts as the identity.

    Source: Ronneberger, Fischer and Brox (2015, arXiv:1505.04597) with the blocks and the embedding of Ho, Jain and
    Abbeel (2020, arXiv:2006.11239), appendix B; ours are the block of pixels at first, few channels, and frequencies
    from 1 to 100 only, so that f is smooth in t.

    Args:
        channels: Channels of the first level. Defaults to ``32``.
        multipliers: The channels of each level, in multiples of ``channels``. Defaults to ``(1, 2)``.
        blocks: Residual blocks of a level, on the way down and on the way back. Defaults to ``1``.
        groups: Groups of the normalizations, a divisor of the channels of all levels. Defaults to ``8``.
        classes: How many classes there are; class number ``classes`` is then the null class, of a sample whose class is
            not told. Defaults to ``None``: f sees no class.
        patch: p. Defaults to ``2``.

    Called ``(t, u)`` or ``(t, u, condition)``: t a scalar, or ``(batch,)``; u ``(batch, height, width, channels)``;
    condition the numbers of the classes, ``(batch,)`` or ``(batch, 1)``, the null class where it is not given. Output
    shape: that of u.

    Raises:
        ValueError: A size is not a positive integer, the groups do not divide the channels, or (when built) a side of
            the pictures is not a multiple of p and 2 for each level but the first.
    """

    def __init__(
        self,
        channels: int = 32,
        multipliers: Sequence[int] = (1, 2),
        blocks: int = 1,
        groups: int = 8,
        classes: int | None = None,
        patch: int = 2,
        **kwargs: Any,
    ):
        super().__init__(**{"autocast": False, **kwargs})  # time is exact, also where the layers are in half precision
        self.channels, self.blocks = _check.integer(channels, "channels"), _check.integer(blocks, "blocks")
        self.multipliers = tuple(_check.integer(each, "multipliers") for each in multipliers)
        self.groups, self.patch = _check.integer(groups, "groups"), _check.integer(patch, "patch")
        self.classes = None if classes is None else _check.integer(classes, "classes")
        if self.channels % (2 * self.groups) or not self.multipliers:
            raise ValueError(
                "Expected channels that are a multiple of 2 · groups, and at least one multiplier. Received: "
                f"channels={channels}, groups={groups}, multipliers={multipliers}."
            )
        widths = [self.channels * each for each in self.multipliers]
        dtype, size = self.dtype_policy, 4 * self.channels
        self.clock = [keras.layers.Dense(size, "swish", dtype=dtype), keras.layers.Dense(size, dtype=dtype)]
        self.names = None if self.classes is None else keras.layers.Embedding(self.classes + 1, size, dtype=dtype)
        self.folding, self.unfolding = SpaceToDepth(self.patch, dtype=dtype), DepthToSpace(self.patch, dtype=dtype)
        self.stem = convolution(self.channels, 3, dtype=dtype)
        self.down = [self._level(width) for width in widths]
        self.up = [self._level(width) for width in reversed(widths)]
        self.norm = GroupNormalization(self.groups, "swish", epsilon=1e-5, dtype=dtype)
        self.head: Any = None  # made when the channels are known
        self.shrink = keras.layers.AveragePooling2D(2, data_format="channels_last", dtype=dtype)
        self.grow = keras.layers.UpSampling2D(2, data_format="channels_last", dtype=dtype)

    def _level(self, width):
        return [ResidualBlock(width, self.groups, dtype=self.dtype_policy) for _ in range(self.blocks)]

    def parts(self) -> dict[str, keras.layers.Layer]:
        """The layers with weights by the names of their places."""
        ways = {"down": self.down, "up": self.up}
        blocks = {
            f"{way}{place}_block{number}": block
            for way, levels in ways.items()
            for place, level in enumerate(levels, start=1)
            for number, block in enumerate(level, start=1)
        }
        told = {} if self.names is None else {"names": self.names}
        return {"clock1": self.clock[0], "clock2": self.clock[1], **told, "stem": self.stem, **blocks, **self._end()}

    def _end(self):
        return {"norm": self.norm, **({} if self.head is None else {"head": self.head})}

    def build(self, t_shape: Shape, u_shape: Shape, condition_shape: Shape | None = None) -> None:
        multiple = self.patch * 2 ** (len(self.multipliers) - 1)
        if len(u_shape) != 4 or any(side is None or side % multiple for side in u_shape[1:3]):
            raise ValueError(
                f"{self.name} takes (batch, height, width, channels) with sides that are multiples of {multiple}. "
                f"Received the shape: {tuple(u_shape)}. Pad the pictures first, or choose fewer multipliers."
            )
        self.head = convolution(self.patch**2 * u_shape[-1], 3, zero=True, dtype=self.dtype_policy)
        u = keras.KerasTensor((None, *u_shape[1:]), dtype=self.compute_dtype)
        self.call(keras.KerasTensor((None,), dtype=self.compute_dtype), u)

    def call(self, t: Tensor, u: Tensor, condition: Tensor | None = None, training: bool | None = None) -> Tensor:
        e = keras.ops.silu(self.embedding(t, condition))
        u, skips = self.stem(self.folding(u)), []
        for number, level in enumerate(self.down):
            u = self.shrink(u) if number else u
            for block in level:
                u = block(u, e, training=training)
                skips.append(u)
        for number, level in enumerate(self.up):
            u = self.grow(u) if number else u
            for block in level:
                u = block(keras.ops.concatenate([u, skips.pop()], axis=-1), e, training=training)
        return self.unfolding(self.head(self.norm(u, training=training)))

    def embedding(self, t: Tensor, condition: Tensor | None = None) -> Tensor:
        """e of times and classes, ``(batch or 1, 4 · channels)``."""
        half = self.channels // 2
        logarithms = [math.log(FASTEST) * number / (half - 1) for number in range(half)]
        angles = keras.ops.reshape(t, (-1, 1)) * keras.ops.exp(keras.ops.convert_to_tensor([logarithms], t.dtype))
        e = keras.ops.concatenate([keras.ops.cos(angles), keras.ops.sin(angles)], axis=-1)
        for layer in self.clock:
            e = layer(e)
        if self.names is None:
            return e
        null = keras.ops.full((1,), self.classes, "int32")
        numbers = null if condition is None else keras.ops.cast(keras.ops.reshape(condition, (-1,)), "int32")
        return e + self.names(numbers)

    def compute_output_shape(self, t_shape: Shape, u_shape: Shape, condition_shape: Shape | None = None) -> Shape:
        return tuple(u_shape)

    def get_config(self) -> dict[str, Any]:
        own = ("channels", "multipliers", "blocks", "groups", "classes", "patch")
        return {**super().get_config(), **{name: getattr(self, name) for name in own}}
