"""Backward Euler by a truncated Neumann series: the block of PolyNet."""

from collections.abc import Sequence
from typing import Any, Self, final

import keras

from zoo import _check
from zoo.layers import field as _field
from zoo.layers import halves
from zoo.layers.composite import numbered
from zoo.layers.fields.stochastic_depth import drops
from zoo.layers.scheme import Scheme, trivial
from zoo.layers.tensors import Tensor
from zoo.numerics import NeumannSeries


@final
@keras.saving.register_keras_serializable(package="zoo")
class BackwardEuler(Scheme):
    """``u⁺ = u + s (h v₁ + h² v₂ + … + hⁿ vₙ)`` with ``v₁ = f₁(u)``, ``vⱼ = fⱼ(vⱼ₋₁)``.

    For one linear f and s = 1 it is u⁺ = (I + hf + … + (hf)ⁿ) u, the Neumann series of the backward (implicit) Euler
    step u⁺ = (I − hf)⁻¹ u cut after n terms, see ``zoo.numerics.NeumannSeries``; for a nonlinear f it is no solution
    of u⁺ = u + h f(u⁺), but consistent like it. Order 1 for every n, if s = 1; growth 1 + z + … + zⁿ with z = hλ. The
    v are not scaled inside: f(h f(u)) would not be consistent where f(0) ≠ 0.

    Source: Zhang et al., "PolyNet" (2017, arXiv:1611.05725), §3 (poly-n for one f, mpoly-n for several) and §4 for s
    and the stochastic paths; the reading is Lu et al. (2018, arXiv:1710.10121), §2.

    Args:
        fields: ``[f₁, …, fₙ]``, Keras layers that keep the shape of their input; the same layer twice shares its
            weights. Each is evaluated once. One that takes time, ``f(t, u)``, gets t = 0.
        step_size: h. Defaults to ``1.0``.
        scale: s, the residual scaling of the whole sum. Defaults to ``1.0``.
        drop_path: Probability that a term is left out for a sample while training (the other terms stay, also those
            computed from it), see ``StochasticDepth``. Defaults to ``0.0``.
        seed: Integer for a reproducible sequence of dropped terms, or ``None``.

    Call arguments:
        inputs: u, ``(batch, …)``.
        training: Whether to drop terms; Keras fills it in.

    Output shape: that of u.

    Raises:
        TypeError: A field is not a Keras layer.
        ValueError: There is no field, ``step_size`` or ``scale`` is not a finite number, ``drop_path`` is outside
            [0, 1), or (when built) a field changes the shape.
    """

    fields: list[keras.layers.Layer] = []

    def __init__(
        self,
        fields: Sequence[keras.layers.Layer],
        step_size: float = 1.0,
        scale: float = 1.0,
        drop_path: float = 0.0,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.fields = _field.check_all(fields, "BackwardEuler")
        self.step_size = _check.finite(step_size, "step_size")
        self.scale = _check.finite(scale, "scale")
        self.drop_path = _check.rate(drop_path, "drop_path")
        self.seed = seed
        self.drops = drops(self.drop_path, seed, len(self.fields), self.dtype_policy)

    @property
    def method(self) -> NeumannSeries | None:
        """The series; ``None`` with a scale other than 1, which is not consistent with u' = f(u)."""
        return NeumannSeries(len(self.fields)) if self.scale == 1 else None

    def halved(self, silent: bool = False) -> halves.Halves:
        return halves.of_steps(self, silent)

    @classmethod
    def examples(cls) -> dict[str, Self]:
        return {f"n = {n}": cls(n * [trivial()]) for n in (2, 3)}

    def parts(self) -> dict[str, keras.layers.Layer]:
        return numbered(self.fields)

    def call(self, u: Tensor, training: bool = False) -> Tensor:
        v, total = u, 0
        for j, (f, drop) in enumerate(zip(self.fields, self.drops, strict=True)):
            v = _field.evaluate(f, 0.0, v)
            total = total + self.scale * self.step_size ** (j + 1) * drop(v, training=training)
        return u + total
