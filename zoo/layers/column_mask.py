"""Global drop-path: one draw a batch that says which columns of all fractal blocks are alive."""

from typing import Any, final

import keras

from zoo import _check
from zoo.layers.tensors import Shape, Tensor


@final
@keras.saving.register_keras_serializable(package="zoo")
class ColumnMask(keras.layers.Layer):
    """``e_c`` with probability ``global_share``, c uniform on 1 … C, else ``(1, …, 1)``: which columns are alive.

    One mask holds for a whole batch and, passed to every block as ``columns_alive``, for a whole network:
    ``mask = ColumnMask(3)(images)``, ``u = fractal_block(64, 3)(u, columns_alive=mask)``, …. A batch
    with e_c trains column c alone; in the others the blocks' own (local) drop-path acts. At inference all are alive.

    A dead column is computed all the same, on means over its own inputs, and gets no gradient; so its batch
    normalizations go on collecting statistics.

    Source: Larsson, Maire and Shakhnarovich, "FractalNet" (2017, arXiv:1605.07648), §3.1: half of the
    mini-batches local, half global. The authors' released code has local drop-path only.

    Args:
        columns: C, the number of columns of the blocks.
        global_share: Share of the batches with a single column, in [0, 1]. Defaults to ``0.5``, the paper's.
        seed: Integer for a reproducible sequence, or ``None``; another one than the blocks', since equal seeds give
            equal draws.

    Call arguments:
        inputs: Any tensor, for example the network's input; its values are not read.
        training: Whether to draw; Keras fills it in.

    Output shape: ``(C,)``, without a batch axis, in the layer's compute dtype.

    Raises:
        ValueError: ``columns`` is not a positive integer, or ``global_share`` is outside [0, 1].
    """

    def __init__(self, columns: int, global_share: float = 0.5, seed: int | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.columns = _check.integer(columns, "columns")
        self.global_share = _check.share(global_share, "global_share")
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed) if self.global_share > 0 else None
        self.built = True

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        everything = keras.ops.ones(self.columns, self.compute_dtype)
        if not training or self.global_share == 0:
            return everything
        kind_and_place = keras.random.uniform((2,), dtype="float32", seed=self.seed_generator)
        column = keras.ops.cast(keras.ops.floor(kind_and_place[1] * self.columns), "int32")
        single = keras.ops.one_hot(keras.ops.minimum(column, self.columns - 1), self.columns, dtype=self.compute_dtype)
        return keras.ops.where(kind_and_place[0] < self.global_share, single, everything)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (self.columns,)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "columns": self.columns,
            "global_share": self.global_share,
            "seed": self.seed,
        }
