"""How the equation of a flow is solved."""

import dataclasses
from typing import Any

from zoo import _check
from zoo.numerics import TABLEAUS

LOOSE = 1e-3
"""The largest tolerance whose error is seen in the difference to a looser one."""


@dataclasses.dataclass(frozen=True)
class Discretization:
    """A method and its steps: adaptive within the tolerances, or ``steps`` equal ones.

    Attributes:
        solver: Name of a tableau (``zoo.numerics.TABLEAUS``).
        rtol, atol: Tolerances of a step.
        steps: Equal steps between two times; ``None`` adapts them.
        max_steps: Most attempts of an adaptive solve between two times; ``None`` takes the default of
            ``zoo.solvers.RungeKuttaSolver``.

    Raises:
        ValueError: A name is unknown, a number is out of its range, or a method without an embedded one has no steps.
    """

    solver: str = "dopri5"
    rtol: float = 1e-5
    atol: float = 1e-5
    steps: int | None = None
    max_steps: int | None = None

    def __post_init__(self) -> None:
        tableau = TABLEAUS[_check.known(self.solver, TABLEAUS, "tableau")]
        for name in ("rtol", "atol"):
            if _check.finite(getattr(self, name), name) <= 0:
                raise ValueError(f"{name} must be greater than 0. Received: {name}={getattr(self, name)!r}.")
        for name in ("steps", "max_steps"):
            if getattr(self, name) is not None:
                _check.integer(getattr(self, name), name)
        if self.steps is None and tableau.b_embedded is None:
            raise ValueError(
                f"{self.solver} has no embedded method to estimate an error, so it needs equal steps. Expected: "
                "steps=N. Received: steps=None."
            )

    def changed(
        self,
        solver: str | None = None,
        rtol: float | None = None,
        atol: float | None = None,
        steps: int | None = None,
    ) -> "Discretization":
        """The same with other settings; what is ``None`` stays, but a tolerance without steps makes them adaptive."""
        given = {"solver": solver, "rtol": rtol, "atol": atol, "steps": steps}
        changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        if steps is None and not (rtol is None and atol is None):
            changes["steps"] = None
        return dataclasses.replace(self, **changes)

    @property
    def loose(self) -> bool:
        """Whether steps may be as long as the interval: those of looser tolerances are no longer, and have the same
        error."""
        return self.steps is None and max(self.rtol, self.atol) > LOOSE

    def second(self) -> "Discretization":
        """Another discretisation, to see the error of this one in the difference: ten times the tolerances, or half the
        steps; of a single step there is none, and two are taken instead. Of loose tolerances it is a hundredth, at
        most 1e-4."""
        if self.steps is not None:
            return dataclasses.replace(self, steps=self.steps // 2 or 2)
        factor = min(0.01, 0.1 * LOOSE / max(self.rtol, self.atol)) if self.loose else 10
        return dataclasses.replace(self, rtol=factor * self.rtol, atol=factor * self.atol)
