"""The Hamiltonian unit: symplectic Euler on a pair of halves."""

from typing import Any, Self, final

import keras

from zoo import _check
from zoo.layers import field as _field
from zoo.layers import halves
from zoo.layers.scheme import Scheme, trivial
from zoo.layers.tensors import Shape, Tensor
from zoo.numerics import SYMPLECTIC_EULER, Coupling


@final
@keras.saving.register_keras_serializable(package="zoo")
class Hamiltonian(Scheme):
    """``y⁺ = y + h f(z)``, ``z⁺ = z − h g(y⁺)`` on the halves y, z of the last axis: one unit.

    Symplectic Euler for y' = f(z), z' = −g(y). If f and g are gradients (a ``SymmetricConv2D`` is one of a convex
    function) the pair is a Hamiltonian system with energy ∫f + ∫g, and the energy error of the step stays bounded.
    Order 1; stable on y' = ωz, z' = −ωy where h|ω| < 2. (The authors call it Verlet, which is of order 2; the two
    differ by where the halves are taken.)

    Source: Chang et al., "Reversible Architectures for Arbitrarily Deep Residual Neural Networks" (2018,
    arXiv:1709.03698), the two-layer Hamiltonian network, with f(z) = K₁ᵀσ(K₁z + b₁) and g(y) = K₂ᵀσ(K₂y + b₂).

    Args:
        f, g: The fields: Keras layers that keep the shape of a half, such as ``SymmetricConv2D``. One that takes time,
            ``f(t, u)``, gets t = 0.
        step_size: h, in units of t. Defaults to ``1.0``.

    Input shape: ``(batch, …, channels)`` with an even number of channels. Output shape: the same.

    Raises:
        TypeError: f or g is not a Keras layer.
        ValueError: ``step_size`` is not a finite number, or (when built) the number of channels is odd or unknown, or f
            or g changes the shape.
    """

    def __init__(self, f: keras.layers.Layer, g: keras.layers.Layer, step_size: float = 1.0, **kwargs: Any):
        super().__init__(**kwargs)
        self.f = _field.check(f, "Hamiltonian")
        self.g = _field.check(g, "Hamiltonian")
        self.step_size = _check.finite(step_size, "step_size")

    @property
    def fields(self) -> list[keras.layers.Layer]:
        return [self.f, self.g]

    @property
    def method(self) -> Coupling:
        return SYMPLECTIC_EULER

    def halved(self, silent: bool = False) -> halves.Halves:
        return halves.of_steps(self, silent)

    @classmethod
    def examples(cls) -> dict[str, Self]:
        return {"": cls(trivial(), trivial())}

    def parts(self) -> dict[str, keras.layers.Layer]:
        return {"f": self.f, "g": self.g}

    def field_shape(self, shape: Shape) -> Shape:
        return _field.half(shape, self.name)

    def call(self, u: Tensor) -> Tensor:
        y, z = keras.ops.split(u, 2, axis=-1)
        y = y + self.step_size * _field.evaluate(self.f, 0.0, z)
        z = z - self.step_size * _field.evaluate(self.g, 0.0, y)
        return keras.ops.concatenate([y, z], axis=-1)

    def inverse(self, u: Tensor) -> Tensor:
        """The input whose output is u: z = z⁺ + h g(y⁺), y = y⁺ − h f(z). Exact but for rounding."""
        y, z = keras.ops.split(keras.ops.convert_to_tensor(u), 2, axis=-1)
        z = z + self.step_size * _field.evaluate(self.g, 0.0, y)
        y = y - self.step_size * _field.evaluate(self.f, 0.0, z)
        return keras.ops.concatenate([y, z], axis=-1)
