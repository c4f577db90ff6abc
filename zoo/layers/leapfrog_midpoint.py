"""The explicit midpoint rule of two steps."""

from typing import final

import keras

from zoo.layers._two_step_run import TwoStepRun
from zoo.numerics import LEAPFROG_MIDPOINT, Multistep


@final
@keras.saving.register_keras_serializable(package="zoo")
class LeapfrogMidpoint(TwoStepRun):
    """``u⁺ = u⁻ + 2h f(u)``, started by an Euler step ``u₁ = u₀ + h f₁(u₀)``; one field a step.

    The midpoint rule of two steps for u' = f(u), order 2 (the error h² of the start is not summed up). Stable on
    u' = λu only for hλ on the imaginary axis between −i and i: for fields with an antisymmetric Jacobian, such as
    f(u) = σ((K − Kᵀ)u + b). It is not ``zoo.numerics.MIDPOINT``, the Runge–Kutta method of two stages.
    ``LinearMultistep(f, step_size=2h, k=1)`` is one step of it.

    No network of ``zoo.applications`` uses it.

    Source: Chang et al., "Reversible Architectures for Arbitrarily Deep Residual Neural Networks" (2018,
    arXiv:1709.03698), the midpoint network.

    Args:
        fields: ``[f₁, …, fₙ]``: n steps, each with its Keras layer that keeps the shape of its input; the same layer
            again shares its weights. One that takes time, ``f(t, u)``, gets t = 0, h, 2h, …
        step_size: h, in units of t. Defaults to ``1.0``.

    Input shape: u₀, ``(batch, …)``. Output shape: the same, uₙ.

    Raises:
        TypeError: A field is not a Keras layer.
        ValueError: There is no field, ``step_size`` is not a finite number, or (when built) a field changes the shape.
    """

    @property
    def method(self) -> Multistep:
        return LEAPFROG_MIDPOINT

    @property
    def start(self) -> float:
        return self.step_size

    @property
    def scale(self) -> float:
        return 2 * self.step_size

    @property
    def k(self) -> float:
        return 1.0
