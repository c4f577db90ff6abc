"""The fractal block: columns of depth 1, 2, 4, … that meet in means."""

from collections.abc import Sequence
from typing import Any, Self, final

import keras

from zoo import _check
from zoo.layers import field as _field
from zoo.layers import halves
from zoo.layers._fractal import join as _join
from zoo.layers._fractal import wiring as _columns
from zoo.layers.forward_euler import ForwardEuler
from zoo.layers.scheme import Scheme, trivial
from zoo.layers.tensors import Shape, Tensor
from zoo.numerics import EULER, HEUN, ButcherTableau


@final
@keras.saving.register_keras_serializable(package="zoo")
class Fractal(Scheme):
    """``f_1(u) = conv(u)``, ``f_{c+1}(u) = mean of (f_c ∘ f_c)(u) and conv(u)``: a block of C columns, f_C.

    Means that meet are merged into one, so column c (1 the shallowest) is a chain of 2^(c−1) units. After
    every second unit of the deepest column all columns that have just ended a unit are joined: they go on
    from the element-wise mean of their values. The last join, of all C columns, is the output. The block has
    2^C − 1 units and depth 2^(C−1).

    With general units the block is no integrator and has no order. With an identity as column 1 it
    is Runge–Kutta: ``Fractal([[Identity()], [euler, euler]])``, where euler is one ``ForwardEuler(f, h)``
    given twice, is u + h/2 (f(u) + f(u + h f(u))), Heun's method, of order 2 and with growth
    1 + z + z²/2 (the reading of Lu et al., 2018, arXiv:1710.10121).

    Drop-path, while training: each join drops each of its inputs with probability ``drop_path``; if all
    would be dropped, one at random is kept; the mean is over the survivors. One draw holds for the whole
    batch, as in the paper and the authors' code. Inference takes the plain mean, without rescaling.

    Source: Larsson, Maire and Shakhnarovich, "FractalNet" (2017, arXiv:1605.07648), equations 1
    and 2, figure 1, and §3.1 (drop-path). For global drop-path, pass the output of ``ColumnMask`` to every block.

    Args:
        columns: C lists of Keras layers, the units: 1, 2, 4, … 2^(C−1) of them. A layer that is given several
            times is shared. The first unit of a column may change the shape; at a join all are equal.
        drop_path: Probability that a join drops an input while training, in [0, 1). Defaults to ``0.0``;
            the paper takes 0.15.
        pool: ``None``, or a layer without weights that is applied to each column just before the last join,
            for example ``keras.layers.MaxPooling2D(2)``.
        seed: Integer for a reproducible sequence of drops, or ``None``. Equal seeds give equal draws, so give each
            block and the ``ColumnMask`` a seed of its own.

    Call arguments:
        inputs: ``(batch, …)``, whatever the first units accept.
        columns_alive: ``None`` (all), or a tensor ``(C,)`` that is positive where a column is alive, at
            inference too. A join leaves its dead inputs out, so with one column alive the block is that
            column. A join without a live input, whose value no live column sees, is the mean of all.
        training: Whether to drop; Keras fills it in.

    Output shape: that of column 1, pooled.

    Raises:
        TypeError: a unit or ``pool`` is not a Keras layer, or a unit takes time.
        ValueError: column c has not 2^(c−1) units, ``drop_path`` is outside [0, 1), ``columns_alive`` has not
            one entry a column, or (when built) the shapes at a join differ.
    """

    def __init__(
        self,
        columns: Sequence[Sequence[keras.layers.Layer]],
        drop_path: float = 0.0,
        pool: keras.layers.Layer | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.units = _columns.flat(columns)
        self.columns = len(columns)
        self.drop_path = _check.rate(drop_path, "drop_path")
        self.pool = pool if pool is None else _field.check(pool, "Fractal")
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed) if self.drop_path > 0 else None

    @property
    def fields(self) -> list[keras.layers.Layer]:
        """The units, column after column."""
        return list(self.units)

    @property
    def method(self) -> ButcherTableau | None:
        """Heun's of the block that is it: an identity beside two plain Euler steps with one layer. Else ``None``."""
        if self.columns != 2 or self.pool is not None:
            return None
        first, *two = self.units
        euler = isinstance(two[0], ForwardEuler) and two[0].method is EULER and two[0].steps == 1
        return HEUN if euler and two[0] is two[1] and isinstance(first, keras.layers.Identity) else None

    def halved(self, silent: bool = False) -> halves.Halves:
        raise ValueError(
            f"{self.name} is a Fractal, whose columns differ in depth and not in the size of a step, so that it has no "
            "halves. Expected: a deeper network of the same kind, such as zoo.applications.FractalNet(depth=40)."
        )

    @classmethod
    def examples(cls) -> dict[str, Self]:
        euler = ForwardEuler(trivial())
        general = cls([[trivial()], [trivial(), trivial()]])
        return {"": general, "u beside two Euler steps": cls([[keras.layers.Identity()], [euler, euler]])}

    def parts(self) -> dict[str, keras.layers.Layer]:
        columns = [_columns.chain(self.units, c) for c in range(1, self.columns + 1)]
        units = {f"column{c}/unit{n}": unit for c, each in enumerate(columns, 1) for n, unit in enumerate(each, 1)}
        return {**units, **({} if self.pool is None else {"pool": self.pool})}

    def column(self, number: int) -> keras.Sequential:
        """Column ``number`` (1 … C), its pooling included, as a network of its own that shares the weights."""
        if _check.integer(number, "number") > self.columns:
            raise ValueError(f"{self.name} has columns 1 to {self.columns}. Received: number={number}.")
        layers = [*_columns.chain(self.units, number), *([] if self.pool is None else [self.pool])]
        if self.built:
            layers = [keras.Input(self.shape_without_batch, dtype=self.variable_dtype), *layers]
        return keras.Sequential(layers, name=f"{self.name}_column{number}")

    def build(self, inputs_shape: Shape) -> None:
        def join(values, first, position):
            if len({value.shape for value in values}) > 1:
                received = ", ".join(f"column {first + n} {value.shape[1:]}" for n, value in enumerate(values))
                raise ValueError(
                    f"{self.name} takes means, so the shapes at a join must be equal. Received after unit {position} "
                    f"of the deepest column (without the batch axis): {received}. Only the first unit of a column "
                    "may change the shape, and all of them in the same way."
                )
            return values[0]

        u = keras.KerasTensor((None, *inputs_shape[1:]), dtype=self.compute_dtype)
        _columns.expand(self.units, self.pool, u, lambda layer, value: layer(value), join)
        self.shape_without_batch = tuple(inputs_shape[1:])
        self.built = True

    def call(self, inputs: Tensor, columns_alive: Tensor | None = None, training: bool = False) -> Tensor:
        if columns_alive is not None and tuple(columns_alive.shape) != (self.columns,):
            raise ValueError(
                f"{self.name} expects columns_alive of shape ({self.columns},), one entry a column. "
                f"Received shape: {tuple(columns_alive.shape)}. Give ColumnMask as many columns as the block has."
            )
        scores = self._scores() if training and self.drop_path > 0 and self.columns > 1 else None

        def join(values, first, position):
            if columns_alive is None and scores is None:
                return sum(values[1:], values[0]) / len(values)
            alive = keras.ops.ones(len(values), "bool") if columns_alive is None else columns_alive[first - 1 :] > 0
            alive = _join.alive_or_all(alive)
            if scores is not None:
                alive = _join.survivors(alive, scores[position // 2 - 1, first - 1 :], self.drop_path)
            return _join.mean(values, alive)

        def apply(layer, value):
            return keras.ops.cast(layer(value), self.compute_dtype)

        return _columns.expand(self.units, self.pool, inputs, apply, join)

    def _scores(self):
        """Uniform numbers, one for every column at every join, by which the survivors are chosen."""
        joins = 2 ** (self.columns - 2)
        return keras.random.uniform((joins, self.columns), dtype="float32", seed=self.seed_generator)

    def compute_output_shape(self, inputs_shape: Shape) -> Shape:
        shape = self.units[0].compute_output_shape(inputs_shape)
        return shape if self.pool is None else self.pool.compute_output_shape(shape)

    def arguments(self) -> dict[str, Any]:
        columns = [_columns.chain(self.units, c) for c in range(1, self.columns + 1)]
        return {**super().arguments(), "columns": columns}
