"""The dictionary between numerical methods and layers; every figure in it is computed."""

import dataclasses
import functools
import inspect
import re

from zoo import layers
from zoo.applications import registered
from zoo.layers import Scheme


@dataclasses.dataclass(frozen=True)
class Entry:
    """A scheme, perhaps of one kind of several, and its numerics.

    Attributes:
        layer: One of its class's ``examples``.
        kind: Which of them, for example ``"rk4"``; empty for the layer in general.
    """

    layer: Scheme
    kind: str = ""

    @property
    def name(self) -> str:
        """The layer's name and the kind."""
        return f"{type(self.layer).__name__}, {self.kind}" if self.kind else type(self.layer).__name__

    @property
    def formula(self) -> str:
        """The update formula, as the layer's docstring begins with it."""
        first = (type(self.layer).__doc__ or "").partition("\n")[0].partition(";")[0]
        return ", ".join(quoted for quoted in re.findall(r"``(.+?)``", first) if "=" in quoted)

    @property
    def networks(self) -> tuple[str, ...]:
        """The applications whose blocks are this layer; where it has several kinds, all of them have its networks
        unless one is the layer in general or the network names its tableau."""
        if self.kind and "" in type(self.layer).examples():
            return ()
        named = (self.kind, None)
        return tuple(
            name for name, (scheme, tableau) in networks().items() if scheme is type(self.layer) and tableau in named
        )

    def row(self) -> dict:
        """Everything about the scheme.

        The limits are those of z = hλ on u' = λu (u'' = λ²u for leapfrog), where h is the step in time: for
        ``LinearMultistep`` its ``step_size`` over 1 + k. Numbers are ``None`` for a layer that is no integrator.
        """
        method = self.layer.method
        return {
            "scheme": self.name,
            "formula": self.formula,
            "order": None if method is None else method.order,
            "real_limit": None if method is None else method.stability.real_limit(),
            "imaginary_limit": None if method is None else method.stability.imaginary_limit(),
            "evaluations": None if method is None else method.evaluations,
            "networks": self.networks,
        }


@functools.cache
def schemes() -> tuple[Entry, ...]:
    """The dictionary: every ``Scheme`` of ``zoo.layers`` with its examples, in the order of its exports.

    Their order and stability are measured on the layers in the tests.
    """
    classes = [each for each in vars(layers).values() if isinstance(each, type) and issubclass(each, Scheme)]
    final = [each for each in classes if not inspect.isabstract(each)]
    return tuple(Entry(layer, kind) for each in final for kind, layer in each.examples().items())


@functools.cache
def networks() -> dict[str, tuple[type[Scheme], str | None]]:
    """The scheme of every application, and of every variant with another than its application's; and the tableau by
    which it integrates, if that can be chosen."""
    found: dict[str, tuple[type[Scheme], str | None]] = {}
    for name, application in registered().items():
        described, family = application.describe(), application.root.describe()
        if application.family is None or described.scheme is not family.scheme:
            found[name] = (described.scheme, described.settings.get("solver"))
    return found


def table() -> str:
    """The dictionary as Markdown."""
    lines = [
        "| Layer in `zoo.layers` | Step | order | stable on the real axis | imaginary | f a step | Networks |",
        "|---|---|--:|--:|--:|--:|---|",
    ]
    for entry in schemes():
        row = entry.row()
        networks = ", ".join(f"`{name}`" for name in row["networks"])
        kind = f", {entry.kind}" if entry.kind else ""
        lines.append(
            f"| `{type(entry.layer).__name__}`{kind} | {row['formula']} | {number(row['order'])} "
            f"| {interval(row['real_limit'], '−')} | {interval(row['imaginary_limit'], '±', 'i')} "
            f"| {number(row['evaluations'])} | {networks} |"
        )
    return "\n".join(lines)


def brief() -> str:
    """The dictionary in short, as Markdown: a row a layer that networks are made of."""
    found: dict[str, tuple[str, list[str]]] = {}
    for entry in schemes():
        _, names = found.setdefault(type(entry.layer).__name__, (entry.formula, []))
        names += [name for name in entry.networks if name not in names]
    lines = ["| Layer in `zoo.layers` | Step | Networks |", "|---|---|---|"]
    for layer, (formula, names) in found.items():
        if names:
            lines.append(f"| `{layer}` | {formula} | {', '.join(f'`{name}`' for name in names)} |")
    return "\n".join(lines)


def number(value: int | None) -> str:
    """A number for people: itself, or a dash for none."""
    return "—" if value is None else str(value)


def interval(limit: float | None, sign: str, unit: str = "") -> str:
    """How far a scheme is stable along an axis, for people: ``"to −2.79"``, ``"to ±2.83i"`` or a dash for nowhere."""
    return f"to {sign}{limit:.4g}{unit}" if limit else "—"
