"""The linear two-step method: the block of LM-ResNet."""

from collections.abc import Sequence
from typing import Any, Self, final

import keras

from zoo import _check
from zoo.layers import field as _field
from zoo.layers import halves
from zoo.layers.scheme import Scheme, trivial
from zoo.layers.tensors import Shape, Tensor
from zoo.numerics import LEAPFROG, Multistep, two_step


@final
@keras.saving.register_keras_serializable(package="zoo")
class LinearMultistep(Scheme):
    """``u⁺ = (1 − k) u + k u⁻ + h f(u)``, one step on the pair ``[u, u⁻]``.

    The explicit linear two-step method with one evaluation of f a step. Its characteristic
    roots are 1 and −k, so it is zero-stable for −1 < k ≤ 1. As an integrator it solves
    (1 + k) u' = f(u): order 1 when h = (1 + k) Δt, and order 2 for k = 1 with h = 2Δt, the
    two-step midpoint rule. k = 0 is ``ForwardEuler``; a fixed k < 0 is momentum (heavy ball)
    with coefficient −k; k = −1 with a field of size h² is leapfrog. But for k = 0 a step has an ``inverse``.

    Source: Lu, Zhong, Li and Dong, "Beyond Finite Layer Neural Networks" (2018,
    arXiv:1710.10121), equation 1: LM-ResNet, where k is trained.

    Args:
        f: The field: any Keras layer that keeps the shape of its input. It is called
            ``f(t, u)`` with t = 0 if the first parameter of its ``call`` is named ``t``.
        step_size: h. Defaults to ``1.0``.
        k: ``None`` trains k (default); a number fixes it, and then the layer has no weight k.
        per_channel: One trained k for each entry of the last axis instead of one scalar.
            Defaults to ``False``; not allowed with a fixed k.
        k_initializer: Initial value of a trained k. Defaults to the uniform distribution
            on [−0.1, 0), the authors' choice for a scalar k; the k for each channel of their code starts, in this
            notation, on (1, 1.1].

    Call arguments:
        inputs: The list ``[u, u⁻]`` of the current and the previous state, of equal shape ``(batch, …)``.

    Output shape: that of u. Keep u itself: it is u⁻ of the next step.

    Raises:
        TypeError: f is not a Keras layer.
        ValueError: ``step_size`` or ``k`` is not a finite number, k is fixed and ``per_channel``
            is set, or (when built) the inputs are not a pair of equal shapes, or f changes the shape.

    Example:

    >>> import keras, zoo.layers
    >>> decay = keras.layers.Rescaling(-1.0)
    >>> before, u = keras.ops.array([[1.0]]), keras.ops.array([[0.9]])
    >>> midpoint = zoo.layers.LinearMultistep(decay, step_size=0.2, k=1)
    >>> round(float(midpoint([u, before])[0, 0]), 2)  # 1 - 0.2 * 0.9
    0.82
    >>> midpoint.method.order
    2
    """

    def __init__(
        self,
        f: keras.layers.Layer,
        step_size: float = 1.0,
        k: float | None = None,
        per_channel: bool = False,
        k_initializer: Any = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.f = _field.check(f, "LinearMultistep")
        self.step_size = _check.finite(step_size, "step_size")
        self.fixed_k = None if k is None else _check.finite(k, "k")
        if self.fixed_k is not None and per_channel:
            raise ValueError(
                f"per_channel=True trains one k per channel, so k cannot be fixed. Received: k={k}. "
                "Leave out one of the two."
            )
        self.per_channel = bool(per_channel)
        default = keras.initializers.RandomUniform(-0.1, 0.0)
        self.k_initializer = keras.initializers.get(k_initializer) if k_initializer is not None else default

    @property
    def fields(self) -> list[keras.layers.Layer]:
        return [self.f]

    @property
    def method(self) -> Multistep | None:
        """That of k as it is now; ``None`` for one k for each channel, or one that is not built yet."""
        if self.per_channel or not self.coefficients:
            return None
        k = float(keras.ops.convert_to_numpy(self.coefficients["k"]))
        return LEAPFROG if k == -1 else two_step(k)

    @property
    def coefficients(self) -> dict[str, Any]:
        if self.fixed_k is not None:
            return {"k": self.fixed_k}
        return {"k": self.k} if self.built else {}

    def halved(self, silent: bool = False) -> halves.Halves:
        return halves.of_steps(self)  # no silent step: without a field it is no identity yet

    @classmethod
    def examples(cls) -> dict[str, Self]:
        return {f"k = {k}".replace("-", "−"): cls(trivial(), k=k) for k in (-0.5, 0.5)}

    def arguments(self) -> dict[str, Any]:
        attributes = ("f", "step_size", "per_channel", "k_initializer")
        return {**{name: getattr(self, name) for name in attributes}, "k": self.fixed_k}

    def build(self, input_shape: Sequence[Shape]) -> None:
        u, _ = _field.pair(input_shape, self.name)
        _field.build(self.f, u, self.name)
        if self.fixed_k is None:
            shape = (u[-1],) if self.per_channel else ()
            self.k = self.add_weight(name="k", shape=shape, initializer=self.k_initializer)
        else:
            self.k = self.fixed_k
        self.built = True

    def call(self, inputs: Sequence[Tensor]) -> Tensor:
        u, previous = inputs
        return (1 - self.k) * u + self.k * previous + self.step_size * _field.evaluate(self.f, 0.0, u)

    def inverse(self, states: Sequence[Tensor]) -> Tensor:
        """The u⁻ from which this step went on, ``u⁻ = (u⁺ − (1 − k) u − h f(u)) / k``, with f in inference mode.

        Args:
            states: The list ``[u⁺, u]`` of the state after the step and the one at which f is evaluated.

        Raises:
            ValueError: k = 0, of some channel at least: u⁺ then holds nothing of u⁻. Or the shapes are no pair.
        """
        after, u = map(keras.ops.convert_to_tensor, states)
        if not self.built:
            self.build([u.shape, after.shape])
        k = keras.ops.cast(self.k, u.dtype)
        if not keras.ops.convert_to_numpy(k).all():
            raise ValueError(
                f"{self.name} has k = 0, so that a step forgets the state before it and has no inverse. "
                "Expected: k ≠ 0, in every channel."
            )
        return (after - (1 - k) * u - self.step_size * _field.evaluate(self.f, 0.0, u, training=False)) / k

    def compute_output_shape(self, input_shape: Sequence[Shape]) -> Shape:
        return input_shape[0]
