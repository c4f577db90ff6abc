"""The coefficients of a Runge–Kutta method, which check themselves."""

import dataclasses
import functools

import numpy as np

from zoo.numerics import rooted_trees
from zoo.numerics.stability import StabilityMatrix

HIGHEST_ORDER = 6
TOLERANCE = 1e-10


@dataclasses.dataclass(frozen=True)
class ButcherTableau:
    """An explicit Runge–Kutta method: kᵢ = f(t + cᵢ h, u + h Σⱼ aᵢⱼ kⱼ), u⁺ = u + h Σᵢ bᵢ kᵢ.

    Args:
        name: The name in configurations and messages.
        c: Nodes, as fractions of the step.
        a: One row a stage: row i has its i coefficients left of the diagonal, the first is ``()``.
        b: Weights of the stages.
        b_embedded: Weights of a second solution of the same stages, whose distance estimates the error; or ``None``.
        order: The order that is claimed; ``None`` takes what is derived.
        embedded_order: Likewise for ``b_embedded``.

    Raises:
        ValueError: The lengths do not fit, a row of ``a`` does not sum to its node, or an order condition
            that the claimed order needs does not hold; the message names it.
    """

    name: str
    c: tuple[float, ...]
    a: tuple[tuple[float, ...], ...]
    b: tuple[float, ...]
    b_embedded: tuple[float, ...] | None = None
    order: int | None = None
    embedded_order: int | None = None

    def __post_init__(self) -> None:
        for field in ("c", "b", "b_embedded"):
            if getattr(self, field) is not None:
                object.__setattr__(self, field, tuple(float(value) for value in getattr(self, field)))
        object.__setattr__(self, "a", tuple(tuple(float(value) for value in row) for row in self.a))
        self._check_lengths()
        for i, (row, node) in enumerate(zip(self.a, self.c, strict=True)):
            if abs(sum(row) - node) > TOLERANCE:
                raise ValueError(f"{self.name}: row {i} of a must sum to c[{i}] = {node}. Received: {sum(row)}.")
        object.__setattr__(self, "order", self._checked_order(self.b, self.order, "b"))
        if self.b_embedded is not None:
            embedded = self._checked_order(self.b_embedded, self.embedded_order, "b_embedded")
            object.__setattr__(self, "embedded_order", embedded)

    @property
    def stages(self) -> int:
        """The number of stages s."""
        return len(self.b)

    @property
    def fsal(self) -> bool:
        """First same as last: the last stage is f at the end of the step, the first of the next one."""
        return self.stages > 1 and (*self.a[-1], 0.0) == self.b

    @property
    def needed(self) -> tuple[int, ...]:
        """The stages that the solution needs, without those for the error estimate alone."""
        needed: set[int] = set()
        for i in reversed(range(self.stages)):
            if self.b[i] or any(self.a[j][i] for j in needed):
                needed.add(i)
        return tuple(sorted(needed))

    @property
    def evaluations(self) -> int:
        """The number of evaluations of f in a step of the solution without error estimate."""
        return len(self.needed)

    @property
    def error_weights(self) -> tuple[float, ...]:
        """b − b_embedded, the weights of the estimated error; raises ``ValueError`` without an embedded method."""
        return tuple(b - embedded for b, embedded in zip(self.b, self._embedded(self.b_embedded), strict=True))

    @property
    def error_order(self) -> int:
        """The power of h that the estimated error of a step shrinks with; raises ``ValueError`` like these weights."""
        return min(self._embedded(self.order), self._embedded(self.embedded_order)) + 1

    @functools.cached_property
    def matrix(self) -> np.ndarray:
        """A as a square array, (stages, stages)."""
        square = np.zeros((self.stages, self.stages))
        for i, row in enumerate(self.a):
            square[i, :i] = row
        return square

    @property
    def stability(self) -> StabilityMatrix:
        """R(z) = 1 + Σⱼ (b Aʲ 1) zʲ⁺¹, the growth of u' = λu in a step with z = hλ."""
        coefficients, power = [1.0], np.ones(self.stages)
        for _ in range(self.stages):
            coefficients.append(float(np.dot(self.b, power)))
            power = self.matrix @ power
        return StabilityMatrix.polynomial(coefficients)

    def _embedded(self, value):
        if value is None:
            raise ValueError(
                f"{self.name} has no embedded method to estimate an error. Expected: a tableau with b_embedded, such "
                "as zoo.numerics.DOPRI5. Received: b_embedded=None."
            )
        return value

    def _check_lengths(self) -> None:
        lengths = [len(row) for row in self.a]
        if lengths != list(range(len(self.b))) or len(self.c) != len(self.b):
            raise ValueError(
                f"{self.name}: {len(self.b)} weights b need {len(self.b)} nodes c and rows a of lengths 0, 1, …, "
                f"{len(self.b) - 1} (explicit). Received: {len(self.c)} nodes, rows of lengths {lengths}."
            )
        if self.b_embedded is not None and len(self.b_embedded) != len(self.b):
            raise ValueError(f"{self.name}: b_embedded needs {len(self.b)} weights. Received: {len(self.b_embedded)}.")

    def _checked_order(self, b, claimed, which):
        """The order that the conditions give; raises if less (or more) is claimed."""
        for order in range(1, HIGHEST_ORDER + 1):
            for tree in rooted_trees.trees(order):
                value = float(np.dot(b, rooted_trees.weights(tree, self.matrix)))
                if abs(value - 1 / rooted_trees.density(tree)) > TOLERANCE:
                    wanted = 1 if claimed is None else claimed
                    if order <= wanted:
                        raise ValueError(
                            f"{self.name}: {which} violates a condition of order {order}: "
                            f"{rooted_trees.formula(tree)}. Received: {value}."
                        )
                    return self._not_less(claimed, order - 1, which)
        return self._not_less(claimed, HIGHEST_ORDER, which)

    def _not_less(self, claimed, derived, which):
        if claimed is not None and claimed != derived:
            raise ValueError(f"{self.name}: {which} has order {derived}. Received the claim: {claimed}.")
        return derived
