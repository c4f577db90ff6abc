"""FFJORD: continuous normalising flows of vectors, in the published sizes."""

import dataclasses
from typing import Any

from zoo import _check, flows
from zoo.applications.application import Network, application
from zoo.applications.density import DensityTask
from zoo.data.toys import TOYS


@dataclasses.dataclass(frozen=True)
class Configuration:
    """The published size for a data set.

    Attributes:
        dimensions: Of a point.
        flows: How many flows, each with a field and an end time of its own.
        hidden: Widths of the hidden layers of a field.
        activation: Between them.
        end_time: At which the training of the end time starts.
        trace: With which it was trained.
    """

    dimensions: int
    flows: int
    hidden: tuple[int, ...]
    activation: str
    end_time: float = 1.0
    trace: str = "hutchinson"


TOY = Configuration(2, 1, (64, 64, 64), "tanh", end_time=0.5, trace="exact")
CONFIGURATIONS = {
    **{name: TOY for name in TOYS},
    "power": Configuration(6, 5, (60,) * 3, "tanh"),
    "gas": Configuration(8, 5, (160,) * 3, "tanh"),
    "hepmass": Configuration(21, 10, (210,) * 2, "softplus"),
    "miniboone": Configuration(43, 1, (860,) * 2, "softplus"),
    "bsds300": Configuration(63, 2, (1260,) * 3, "softplus"),
}
"""The toys and the tabular sets of Grathwohl et al. (2018), table 4 and the authors' code."""

_TASK = DensityTask({name: (each.dimensions,) for name, each in CONFIGURATIONS.items()})


@application("ffjord", _TASK, listed=True)
def FFJORD(
    *,
    dataset: str = "8gaussians",
    blocks: int | None = None,
    hidden: tuple[int, ...] | None = None,
    activation: str | None = None,
    kind: str = "concatsquash",
    trace: str | None = None,
    solver: str = "dopri5",
    rtol: float = 1e-5,
    atol: float = 1e-5,
    steps: int | None = None,
) -> Network:
    """``log p(x) = log N(z) − ∫ tr ∂f/∂u dt``, ``u' = f(t, u)``, ``u(0) = z``, ``u(T) = x``: FFJORD with trained T.

    The published sizes, by the data set: the toys one flow of three hidden layers of 64 (9,225 weights); power 43,325,
    gas 278,565, hepmass 546,850, miniboone 820,613, bsds300 6,698,666. The flows of the tabular sets come without the
    moving batch normalizations between them. The last layer of a field starts at zero.

    Source: Grathwohl et al. (2018, arXiv:1810.01367), table 4, and the authors' code.

    Args:
        blocks: How many flows. Defaults to ``None``: as published for the data set.
        hidden: Widths of the hidden layers of each field. Defaults to ``None``: as published.
        activation: ``"tanh"``, ``"softplus"`` or ``"swish"``. Defaults to ``None``: as published.
        kind: How a layer sees the time: ``"concatsquash"`` (default) or ``"concat"``.
        trace: ``"exact"`` or ``"hutchinson"``. Defaults to ``None``: as published, exact for the toys.
        solver: The method of the flow; see ``zoo.flows.CNF``.
        rtol: Its relative tolerance.
        atol: Its absolute tolerance.
        steps: Equal steps instead of adaptive ones.
    """
    published = CONFIGURATIONS[_check.known(dataset, CONFIGURATIONS, "data set")]
    architecture: dict[str, Any] = {
        "blocks": _check.integer(published.flows if blocks is None else blocks, "blocks"),
        "hidden": [_check.integer(width, "hidden") for width in (published.hidden if hidden is None else hidden)],
        "activation": activation or published.activation,
        "kind": kind,
    }
    settings: dict[str, Any] = {
        "trace": trace or published.trace,
        "solver": solver,
        "rtol": rtol,
        "atol": atol,
        "steps": steps,
    }

    def trunk(event_shape, classes):
        stack = []
        for number in range(1, architecture["blocks"] + 1):
            field = flows.TimeMLP(tuple(architecture["hidden"]), kind, architecture["activation"], classes=classes)
            options = {"t1": published.end_time, "trainable_end_time": True, **settings}
            stack.append(flows.CNF(field, **options, name=f"flow{number}"))
        return stack

    return Network(architecture, trunk, flows.CNF, settings)
