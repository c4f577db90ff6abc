"""Explicit Runge–Kutta methods of any tableau, with a fixed step."""

import dataclasses
from typing import Any, Self, final

import keras

from zoo import _check
from zoo.layers import field as _field
from zoo.layers import halves
from zoo.layers.ode import ODE
from zoo.layers.scheme import Scheme, trivial
from zoo.layers.tensors import Tensor
from zoo.numerics import TABLEAUS, ButcherTableau


@final
@keras.saving.register_keras_serializable(package="zoo")
class RungeKutta(Scheme):
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

    Example:

    >>> import keras, zoo.layers
    >>> flow = zoo.layers.RungeKutta(keras.layers.Rescaling(-1.0), "rk4", step_size=0.5, steps=2)
    >>> round(float(flow(keras.ops.ones((1, 1)))[0, 0]), 4)  # exp(-1) is 0.3679
    0.3682
    >>> flow.method.order, flow.evaluations
    (4, 8)
    """

    steps: int

    def __init__(
        self,
        f: keras.layers.Layer,
        tableau: str | ButcherTableau = "rk4",
        step_size: float = 1.0,
        steps: int = 1,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.f = _field.check(f, "RungeKutta")
        if not isinstance(tableau, ButcherTableau):
            tableau = TABLEAUS[_check.known(tableau, TABLEAUS, "tableau")]
        self.tableau = tableau
        self.step_size = _check.finite(step_size, "step_size")
        self.steps = _check.integer(steps, "steps")

    @property
    def fields(self) -> list[keras.layers.Layer]:
        return [self.f]

    @property
    def method(self) -> ButcherTableau:
        return self.tableau

    @property
    def evaluations(self) -> int:
        return self.steps * self.tableau.evaluations

    def halved(self, silent: bool = False) -> halves.Halves:
        return halves.of_steps(self, silent)

    def rediscretized(
        self, solver: str = "dopri5", steps: int | None = None, rtol: float = 1e-3, atol: float = 1e-3
    ) -> Scheme:
        return flow(self, solver, steps, rtol, atol)

    @classmethod
    def examples(cls) -> dict[str, Self]:
        return {name: cls(trivial(), tableau) for name, tableau in TABLEAUS.items() if name != "euler"}

    def call(self, u: Tensor) -> Tensor:
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

    def arguments(self) -> dict[str, Any]:
        named = TABLEAUS.get(self.tableau.name) == self.tableau
        return {**super().arguments(), "tableau": self.tableau.name if named else dataclasses.asdict(self.tableau)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        tableau = config["tableau"]
        return super().from_config(
            {**config, "tableau": ButcherTableau(**tableau) if isinstance(tableau, dict) else tableau}
        )


def flow(layer: Any, solver: str, steps: int | None, rtol: float, atol: float) -> Scheme:
    """The stage [0, n h] of a layer of n steps with one field as a ``RungeKutta`` of other steps, or as an ``ODE``
    where they adapt; the field is a fresh one of the same configuration."""
    f = halves.again(layer.f)
    end = layer.steps * layer.step_size
    common = {"name": layer.name, "dtype": layer.dtype_policy}
    if steps is not None:
        return RungeKutta(f, solver, end / steps, steps, **common)
    return ODE(f, t1=end, solver=solver, rtol=rtol, atol=atol, **common)
