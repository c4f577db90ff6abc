"""The coupled unit that changes the shape of the state, between two reversible runs."""

from typing import Any, final

import keras

from zoo.layers import field as _field
from zoo.layers.composite import Composite
from zoo.layers.tensors import Shape, Tensor


@final
@final
@keras.saving.register_keras_serializable(package="zoo")
class CouplingTransition(Composite):
    """``y₁ = p(x₁) + f(x₂), y₂ = q(x₂) + g(y₁)`` on the halves x₁, x₂ of the last axis: a unit that changes the shape.

    It is the unit of ``Reversible`` with projections p and q; since they lose information it has no inverse, and its
    gradient is the plain one. With identities it is one step of symplectic Euler with h = 1.

    Source: Gomez, Ren, Urtasun and Grosse, "The Reversible Residual Network" (2017, arXiv:1707.04585), §3.2 (layers
    with a stride are not reversible), in the layout of the authors' code.

    Args:
        f, p, q: Keras layers that map a half of the input to a half of the output. p and q may be the same layer.
        g: A Keras layer that keeps the shape of a half of the output.

    Input shape: ``(batch, …, channels)``, channels even. Output shape: that of p on a half, with twice its channels.

    Raises:
        TypeError: f, g, p or q is not a Keras layer.
        ValueError: (when built) the number of channels is odd or unknown, or the shapes do not fit together.
    """

    def __init__(
        self, f: keras.layers.Layer, g: keras.layers.Layer, p: keras.layers.Layer, q: keras.layers.Layer, **kwargs: Any
    ):
        super().__init__(**kwargs)
        self.f, self.g, self.p, self.q = (_field.check(layer, "CouplingTransition") for layer in (f, g, p, q))

    def parts(self) -> dict[str, keras.layers.Layer]:
        """The two fields and the two projections."""
        return {"f": self.f, "g": self.g, "p": self.p, "q": self.q}

    def build(self, input_shape: Shape) -> None:
        half = _field.half(input_shape, self.name)
        projected = self.p(keras.KerasTensor((None, *half[1:]), dtype=self.compute_dtype)).shape
        _field.build(self.q, half, self.name, projected)
        _field.build(self.f, half, self.name, projected)
        _field.build(self.g, projected, self.name)
        self.built = True

    def call(self, x: Tensor, training: bool | None = None) -> Tensor:
        x1, x2 = keras.ops.split(x, 2, axis=-1)
        y1 = self.p(x1) + _field.evaluate(self.f, 0.0, x2, training)
        y2 = self.q(x2) + _field.evaluate(self.g, 0.0, y1, training)
        return keras.ops.concatenate([y1, y2], axis=-1)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        half = self.p.compute_output_shape((*input_shape[:-1], input_shape[-1] // 2))
        return (*half[:-1], 2 * half[-1])
