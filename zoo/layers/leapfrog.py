"""Leapfrog: the two-step method for equations of second order."""

from typing import final

import keras

from zoo.layers._two_step_run import TwoStepRun
from zoo.numerics import LEAPFROG, Multistep


@final
@keras.saving.register_keras_serializable(package="zoo")
class Leapfrog(TwoStepRun):
    """``u⁺ = 2u − u⁻ + h² f(u)``, started at rest by ``u₁ = u₀ + (h²/2) f₁(u₀)``; one field a step.

    The leapfrog (Störmer–Verlet) method for u'' = f(u) with u'(0) = 0. Order 2 with this start; the start with
    h² f of Chang et al. makes it 1. Stable on u'' = −ω²u where hω < 2; symplectic for a gradient f, so its energy error
    stays bounded. ``LinearMultistep(f, step_size=h², k=-1)`` is one step of it.

    Source: Chang et al., "Reversible Architectures for Arbitrarily Deep Residual Neural Networks" (2018,
    arXiv:1709.03698), equation 17, with f(u) = −Kᵀσ(Ku + b); the start is that of Hairer, Lubich and
    Wanner, "Geometric Numerical Integration" (2006), §I.1.4.

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
        return LEAPFROG

    @property
    def start(self) -> float:
        return self.step_size**2 / 2

    @property
    def scale(self) -> float:
        return self.step_size**2

    @property
    def k(self) -> float:
        return -1.0
