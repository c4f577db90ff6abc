"""The momentum residual network."""

from collections.abc import Sequence
from typing import Any, Self, final

import keras

from zoo import _check
from zoo.layers import halves
from zoo.layers._two_step_run import TwoStepRun
from zoo.layers.scheme import trivial
from zoo.numerics import Multistep, two_step


@final
@keras.saving.register_keras_serializable(package="zoo")
class Momentum(TwoStepRun):
    """``v⁺ = γv + (1 − γ) f(u)``, ``u⁺ = u + h v⁺``, started at v = 0; one field a step.

    Without v it is the two-step method u⁺ = u + γ(u − u⁻) + (1 − γ) h f(u), ``LinearMultistep`` with k = −γ and step
    (1 − γ)h: order 1 for u' = f(u), stable for hλ in [−2(1 + γ)/(1 − γ), 0]. At fixed ε = h/(1 − γ) it
    approaches εu'' + u' = f(u) instead. γ = 0 is forward Euler.

    Source: Sander et al., "Momentum Residual Neural Networks" (2021, arXiv:2102.07870), §3. There the run
    is inverted to save memory; here it is not (in floating point γ < 1 loses bits at every step).

    Args:
        fields: ``[f₁, …, fₙ]``: n steps, each with its Keras layer that keeps the shape of its input; the same layer
            again shares its weights. One that takes time, ``f(t, u)``, gets t = 0, h, 2h, …
        gamma: γ in [0, 1). Defaults to the authors' ``0.9``.
        step_size: h, in units of t. Defaults to ``1.0``.

    Input shape: u₀, ``(batch, …)``. Output shape: the same, uₙ.

    Raises:
        TypeError: A field is not a Keras layer.
        ValueError: There is no field, ``gamma`` is outside [0, 1), ``step_size`` is not a finite number, or (when
            built) a field changes the shape.
    """

    def __init__(self, fields: Sequence[keras.layers.Layer], gamma: float = 0.9, step_size: float = 1.0, **kwargs: Any):
        super().__init__(fields, step_size, **kwargs)
        self.gamma = _check.rate(gamma, "gamma")

    @property
    def method(self) -> Multistep:
        return two_step(-self.gamma)

    def halved(self, silent: bool = False) -> halves.Halves:
        """At the same ε = h/(1 − γ), so that it is the same equation εu'' + u' = f; forward Euler (γ = 0) stays it."""
        return halves.of_run(self, silent, gamma=(1 + self.gamma) / 2 if self.gamma else 0.0)

    @classmethod
    def examples(cls) -> dict[str, Self]:
        return {"γ = 0.9": cls([trivial()], 0.9)}

    @property
    def start(self) -> float:
        return (1 - self.gamma) * self.step_size

    @property
    def scale(self) -> float:
        return (1 - self.gamma) * self.step_size

    @property
    def k(self) -> float:
        return -self.gamma
