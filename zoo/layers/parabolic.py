"""The parabolic network: a heat-like equation by forward Euler."""

from typing import Any, Self, final

import keras

from zoo import _check
from zoo.layers import field as _field
from zoo.layers import halves
from zoo.layers.scheme import Scheme, trivial
from zoo.layers.tensors import Tensor
from zoo.numerics import EULER, ButcherTableau


@final
@keras.saving.register_keras_serializable(package="zoo")
class Parabolic(Scheme):
    """``u⁺ = u − h f(u)``, taken ``steps`` times with one f.

    Forward Euler for u' = −f(u). With a symmetric positive semi-definite Jacobian of f, as that of
    ``SymmetricConv2D`` has, the equation damps every perturbation like the heat equation, and the step does so where
    h times the largest eigenvalue of the Jacobian is at most 2. Order 1. No network of
    ``zoo.applications`` uses it.

    Source: Ruthotto and Haber, "Deep Neural Networks Motivated by Partial Differential Equations" (2020,
    arXiv:1804.04272), the parabolic network of symmetric layers.

    Args:
        f: The field: any Keras layer that keeps the shape of its input, such as a ``SymmetricConv2D``. It is called
            ``f(t, u)`` with t = 0, h, 2h, … if the first parameter of its ``call`` is named ``t``.
        step_size: h, in units of t. Defaults to ``1.0``.
        steps: Number of steps, all with the same f and h. Defaults to ``1``.

    Input shape: ``(batch, …)``, whatever f accepts. Output shape: the same.

    Raises:
        TypeError: f is not a Keras layer.
        ValueError: ``step_size`` is not a finite number, ``steps`` is not a positive integer, or (when built) f changes
            the shape.
    """

    steps: int

    def __init__(self, f: keras.layers.Layer, step_size: float = 1.0, steps: int = 1, **kwargs: Any):
        super().__init__(**kwargs)
        self.f = _field.check(f, "Parabolic")
        self.step_size = _check.finite(step_size, "step_size")
        self.steps = _check.integer(steps, "steps")

    @property
    def fields(self) -> list[keras.layers.Layer]:
        return [self.f]

    @property
    def method(self) -> ButcherTableau:
        return EULER

    def halved(self, silent: bool = False) -> halves.Halves:
        return halves.of_steps(self, silent)

    @classmethod
    def examples(cls) -> dict[str, Self]:
        return {"": cls(trivial())}

    def call(self, u: Tensor) -> Tensor:
        for step in range(self.steps):
            u = u - self.step_size * _field.evaluate(self.f, step * self.step_size, u)
        return u
