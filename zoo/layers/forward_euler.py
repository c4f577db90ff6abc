"""Forward Euler: the residual block."""

from typing import Any, Self, final

import keras

from zoo import _check
from zoo.layers import field as _field
from zoo.layers import halves
from zoo.layers.linear_multistep import LinearMultistep
from zoo.layers.runge_kutta import flow
from zoo.layers.scheme import Scheme, trivial
from zoo.layers.tensors import Shape, Tensor
from zoo.numerics import EULER, ButcherTableau


@final
@keras.saving.register_keras_serializable(package="zoo")
class ForwardEuler(Scheme):
    """``u⁺ = u + h f(u)``, taken ``steps`` times with one f; in general ``u⁺ = g(s(u) + h f(u))``.

    One step of the forward (explicit) Euler method for u' = f(u). Order 1; stable on
    u' = λu where |1 + hλ| ≤ 1. With h = 1 and one step it is the residual block of
    He et al. (2016); that reading is E (2017), "A Proposal on Machine Learning via
    Dynamical Systems".

    Args:
        f: The field: any Keras layer that keeps the shape of its input. It is called
            ``f(t, u)`` with t = 0, h, 2h, … if the first parameter of its ``call`` is named ``t``.
        step_size: h, in units of t. Defaults to ``1.0``.
        steps: Number of steps, all with the same f and h. Defaults to ``1``.
        shortcut: s, a Keras layer such as a projection where the width changes; f must then map u to the shape of s(u).
            Defaults to ``None``, the identity.
        activation: g, anything that ``keras.activations.get`` takes. Defaults to ``None``, the identity. With s or g
            the step is E's general one; it is an Euler step only without them.

    Input shape: ``(batch, …)``, whatever f accepts. Output shape: the same, or that of the shortcut.

    Raises:
        TypeError: f or the shortcut is not a Keras layer.
        ValueError: ``step_size`` is not a finite number, ``steps`` is not a positive integer, the activation is
            unknown, or (when built) f changes the shape (against the shortcut), or the shortcut does and there are
            several steps.

    Example:

    >>> import keras, zoo.layers
    >>> u = keras.ops.ones((1, 8, 8, 16))
    >>> zoo.layers.ForwardEuler(zoo.layers.basic_branch(16))(u).shape  # the residual block
    TensorShape([1, 8, 8, 16])
    >>> decay = keras.layers.Rescaling(-1.0)
    >>> steps = zoo.layers.ForwardEuler(decay, step_size=0.1, steps=10)
    >>> round(float(steps(keras.ops.ones((1, 1)))[0, 0]), 4)  # exp(-1) is 0.3679
    0.3487
    """

    steps: int

    def __init__(
        self,
        f: keras.layers.Layer,
        step_size: float = 1.0,
        steps: int = 1,
        shortcut: keras.layers.Layer | None = None,
        activation: Any = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.f = _field.check(f, "ForwardEuler")
        self.step_size = _check.finite(step_size, "step_size")
        self.steps = _check.integer(steps, "steps")
        self.shortcut = None if shortcut is None else _field.check(shortcut, "The shortcut of ForwardEuler")
        self.activation = keras.activations.get(activation)

    @property
    def plain(self) -> bool:
        """Whether the step is u + h f(u) and nothing more."""
        return self.shortcut is None and self.activation is keras.activations.linear

    @property
    def fields(self) -> list[keras.layers.Layer]:
        return [self.f]

    @property
    def method(self) -> ButcherTableau | None:
        return EULER if self.plain else None

    def halved(self, silent: bool = False) -> halves.Halves:
        if not self.plain:
            raise ValueError(
                f"{self.name} is a step with {'an activation' if self.shortcut is None else 'a shortcut'}, "
                "g(s(u) + h f(u)), of which two of half the size are no refinement. Expected: a ForwardEuler without "
                "shortcut and activation; put those in layers of their own."
            )
        return halves.of_steps(self, silent)

    def rediscretized(
        self, solver: str = "dopri5", steps: int | None = None, rtol: float = 1e-3, atol: float = 1e-3
    ) -> Scheme:
        if not self.plain or self.steps == 1:
            return super().rediscretized(solver, steps, rtol, atol)
        return flow(self, solver, steps, rtol, atol)

    def two_step(self) -> Scheme | None:
        if not self.plain or self.steps > 1:
            return None
        common = {"name": self.name, "dtype": self.dtype_policy}
        return LinearMultistep(self.f, self.step_size, k_initializer="zeros", **common)

    @classmethod
    def examples(cls) -> dict[str, Self]:
        return {"": cls(trivial())}

    def parts(self) -> dict[str, keras.layers.Layer]:
        return {**super().parts(), **({} if self.shortcut is None else {"shortcut": self.shortcut})}

    def arguments(self) -> dict[str, Any]:
        return {**super().arguments(), "activation": keras.activations.serialize(self.activation)}

    def build(self, input_shape: Shape) -> None:
        expected = tuple(input_shape)
        if self.shortcut is not None:
            expected = self.shortcut(keras.KerasTensor((None, *input_shape[1:]), dtype=self.compute_dtype)).shape
            if self.steps > 1 and tuple(expected[1:]) != tuple(input_shape[1:]):
                raise ValueError(
                    f"{self.name} repeats its step, so the shortcut must keep the shape {tuple(input_shape[1:])}. "
                    f"Received from it: {tuple(expected[1:])}. Take one step with it and the others in a layer after."
                )
        _field.build(self.f, input_shape, self.name, expected)
        self.built = True

    def call(self, u: Tensor) -> Tensor:
        for step in range(self.steps):
            start = u if self.shortcut is None else self.shortcut(u)
            change = _field.evaluate(self.f, step * self.step_size, u)
            u = self.activation(start + self.step_size * keras.ops.cast(change, start.dtype))
        return u

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return input_shape if self.shortcut is None else self.shortcut.compute_output_shape(input_shape)
