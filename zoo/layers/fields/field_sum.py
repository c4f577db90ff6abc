"""The sum of fields: what the parallel paths of a block compute."""

from collections.abc import Sequence
from typing import Any, final

import keras

from zoo import _check
from zoo.layers import field as _field
from zoo.layers.composite import Composite, numbered
from zoo.layers.fields.stochastic_depth import drops
from zoo.layers.tensors import Shape, Tensor


@final
@keras.saving.register_keras_serializable(package="zoo")
class FieldSum(Composite):
    """``f(u) = f₁(u) + … + fₙ(u)``, itself a field for any scheme.

    ``ForwardEuler(FieldSum([f, g]))`` is the 2-way module of PolyNet.

    Args:
        fields: Keras layers that keep the shape of their input. One that takes time, ``f(t, u)``, gets t = 0.
        drop_path: Probability that a term is left out for a sample while training, see ``StochasticDepth``.
            Defaults to ``0.0``.
        seed: Integer for a reproducible sequence of dropped terms, or ``None``.

    Call arguments:
        inputs: u, ``(batch, …)``.
        training: Whether to drop terms; Keras fills it in.

    Output shape: that of u.

    Raises:
        TypeError: A field is not a Keras layer.
        ValueError: There is no field, ``drop_path`` is outside [0, 1), or (when built) a field changes the shape.
    """

    def __init__(
        self, fields: Sequence[keras.layers.Layer], drop_path: float = 0.0, seed: int | None = None, **kwargs: Any
    ):
        super().__init__(**kwargs)
        self.fields = _field.check_all(fields, "FieldSum")
        self.drop_path = _check.rate(drop_path, "drop_path")
        self.seed = seed
        self.drops = drops(self.drop_path, seed, len(self.fields), self.dtype_policy)

    def parts(self) -> dict[str, keras.layers.Layer]:
        """The terms."""
        return numbered(self.fields)

    def build(self, input_shape: Shape) -> None:
        for f in self.fields:
            _field.build(f, input_shape, self.name)
        self.built = True

    def call(self, u: Tensor, training: bool = False) -> Tensor:
        pairs = zip(self.fields, self.drops, strict=True)
        values = [drop(_field.evaluate(f, 0.0, u), training=training) for f, drop in pairs]
        return sum(values[1:], values[0])

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return input_shape
