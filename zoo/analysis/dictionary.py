"""The dictionary between numerical methods and layers; every figure in it is computed."""

import dataclasses
import re

from zoo import layers, numerics
from zoo.applications import registered
from zoo.numerics import ButcherTableau, Coupling, Multistep, NeumannSeries


@dataclasses.dataclass(frozen=True)
class Scheme:
    """A layer, perhaps of one kind of several, and its numerics.

    Attributes:
        layer: The class in ``zoo.layers``.
        numerics: Of ``zoo.numerics``; has ``order``, ``stability`` and ``evaluations``.
        kind: Which of the layer's methods, for example ``"rk4"``; empty if there is one.
    """

    layer: type
    numerics: ButcherTableau | Multistep | NeumannSeries | Coupling
    kind: str = ""

    @property
    def name(self) -> str:
        """The layer's name and the kind."""
        return f"{self.layer.__name__}, {self.kind}" if self.kind else self.layer.__name__

    @property
    def formula(self) -> str:
        """The update formula, as the layer's docstring begins with it."""
        first = (self.layer.__doc__ or "").partition("\n")[0].partition(";")[0]
        return ", ".join(quoted for quoted in re.findall(r"``(.+?)``", first) if "=" in quoted)

    @property
    def networks(self) -> tuple[str, ...]:
        """The applications whose blocks are this layer."""
        families = [each for each in registered().values() if each.family is None]
        return tuple(each.name for each in families if each.describe().scheme is self.layer)

    def row(self) -> dict:
        """Everything about the scheme.

        The limits are those of z = hλ on u' = λu (u'' = λ²u for leapfrog), where h is the step in time: for
        ``LinearMultistep`` its ``step_size`` over 1 + k.
        """
        return {
            "scheme": self.name,
            "formula": self.formula,
            "order": self.numerics.order,
            "real_limit": self.numerics.stability.real_limit(),
            "imaginary_limit": self.numerics.stability.imaginary_limit(),
            "evaluations": self.numerics.evaluations,
            "networks": self.networks,
        }


SCHEMES = (
    Scheme(layers.ForwardEuler, numerics.EULER),
    *(Scheme(layers.LinearMultistep, numerics.two_step(k), f"k = {k}".replace("-", "−")) for k in (-0.5, 0.5)),
    Scheme(layers.LeapfrogMidpoint, numerics.LEAPFROG_MIDPOINT),
    Scheme(layers.Momentum, numerics.two_step(-0.9), "γ = 0.9"),
    Scheme(layers.Leapfrog, numerics.LEAPFROG),
    *(Scheme(layers.RungeKutta, tableau, name) for name, tableau in numerics.TABLEAUS.items() if name != "euler"),
    *(Scheme(layers.BackwardEuler, numerics.NeumannSeries(n), f"n = {n}") for n in (2, 3)),
    Scheme(layers.Fractal, numerics.HEUN, "u beside two Euler steps"),
    Scheme(layers.Reversible, numerics.SYMPLECTIC_EULER),
    Scheme(layers.Hamiltonian, numerics.SYMPLECTIC_EULER),
    Scheme(layers.Parabolic, numerics.EULER),
)
"""The dictionary. A further scheme is one row; its order and stability are measured on the layer in the tests."""


def table() -> str:
    """The dictionary as Markdown."""
    lines = [
        "| Layer in `zoo.layers` | Step | order | stable on the real axis | imaginary | f a step | Networks |",
        "|---|---|--:|--:|--:|--:|---|",
    ]
    for scheme in SCHEMES:
        row = scheme.row()
        networks = ", ".join(f"`{name}`" for name in row["networks"])
        kind = f", {scheme.kind}" if scheme.kind else ""
        lines.append(
            f"| `{scheme.layer.__name__}`{kind} | {row['formula']} | {row['order']} "
            f"| {interval(row['real_limit'], '−')} | {interval(row['imaginary_limit'], '±', 'i')} "
            f"| {row['evaluations']} | {networks} |"
        )
    return "\n".join(lines)


def interval(limit: float, sign: str, unit: str = "") -> str:
    """How far a scheme is stable along an axis, for people: ``"to −2.79"``, ``"to ±2.83i"`` or a dash for nowhere."""
    return f"to {sign}{limit:.4g}{unit}" if limit else "—"
