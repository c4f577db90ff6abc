"""Explicit Runge–Kutta methods of any tableau, with a fixed step."""

import dataclasses

import keras

from zoo import _check
from zoo.layers import _field
from zoo.numerics import TABLEAUS, ButcherTableau


@keras.saving.register_keras_serializable(package="zoo")
class RungeKutta(keras.layers.Layer):
    """``u⁺ = u + h Σᵢ bᵢ kᵢ``, ``kᵢ = f(t + cᵢ h, u + h Σⱼ aᵢⱼ kⱼ)``, taken ``steps`` times with one f.

    The order and the region of stability are the tableau's: ``zoo.numerics.RK4.order``, ``.stability``. Stages that
    only an error estimate uses are not evaluated. ``"euler"`` is ``ForwardEuler``.

    Source: Hairer, Nørsett and Wanner, "Solving Ordinary Differential Equations I" (1993), §II.1, equation 1.8; as a
    network ("RK-Net"), Chen et al. (2018, arXiv:1806.07366), table 1.

    Args:
        f: The field: any Keras layer that keeps the shape of its input. It is called
            ``f(t, u)`` if the first parameter of its ``call`` is named ``t``, with t = 0 at the start.
        tableau: A ``zoo.numerics.ButcherTableau`` or the name of one, such as ``"rk4"`` (default).
        step_size: h, in units of t. Defaults to ``1.0``.
        steps: Number of steps, all with the same f and h. Defaults to ``1``.

    Input shape: ``(batch, …)``, whatever f accepts. Output shape: the same.

    Raises:
        TypeError: f is not a Keras layer.
        ValueError: There is no tableau of that name (they are listed), ``step_size`` is not a finite number, ``steps``
            is not a positive integer, or (when built) f changes the shape.
    """

    def __init__(self, f, tableau="rk4", step_size=1.0, steps=1, **kwargs):
        super().__init__(**kwargs)
        self.f = _field.check(f, "RungeKutta")
        if not isinstance(tableau, ButcherTableau):
            tableau = TABLEAUS[_check.known(tableau, TABLEAUS, "tableau")]
        self.tableau = tableau
        self.step_size = _check.finite(step_size, "step_size")
        self.steps = _check.integer(steps, "steps")

    def build(self, input_shape):
        _field.build(self.f, input_shape, self.name)
        self.built = True

    def call(self, u):
        for step in range(self.steps):
            u = self._step(step * self.step_size, u)
        return u

    def _step(self, t, u):
        h = self.step_size
        stages: dict[int, object] = {}
        for i in self.tableau.needed:
            point = self._combine(u, self.tableau.a[i], stages)
            stages[i] = _field.evaluate(self.f, t + self.tableau.c[i] * h, point)
        return self._combine(u, self.tableau.b, stages)

    def _combine(self, u, weights, stages):
        """u + h Σ weightᵢ kᵢ, without the terms of weight 0."""
        terms = [(self.step_size * weight) * stages[i] for i, weight in enumerate(weights) if weight]
        return u + sum(terms[1:], terms[0]) if terms else u

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        named = TABLEAUS.get(self.tableau.name) == self.tableau
        return {
            **super().get_config(),
            "f": keras.saving.serialize_keras_object(self.f),
            "tableau": self.tableau.name if named else dataclasses.asdict(self.tableau),
            "step_size": self.step_size,
            "steps": self.steps,
        }

    @classmethod
    def from_config(cls, config):
        tableau = config["tableau"]
        if isinstance(tableau, dict):
            tableau = ButcherTableau(**tableau)
        return cls(**{**config, "tableau": tableau, "f": keras.saving.deserialize_keras_object(config["f"])})
