"""What is exported of a flow: its density and its sampler, under its own discretisation and others."""

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

from zoo.flows import FlowModel, Guidance
from zoo.serving.exporting import dials, rebuilding

EXACT = 64
"""Most dimensions in which an exported density has the exact trace, whatever trace the flow has."""


@dataclasses.dataclass(frozen=True)
class Density:
    """A flow as it is served.

    Attributes:
        flow: In float32.
        guidance: How much the class of a sample is exaggerated, and when.
        settings: Other discretisations, as arguments of ``FlowModel.sample`` and ``FlowModel.log_prob``, by name.
    """

    flow: FlowModel
    guidance: Guidance
    settings: dict[str, dict[str, Any]]

    @property
    def estimated(self) -> bool:
        """Whether the trace is estimated, with noise that comes from outside."""
        return math.prod(self.flow.event_shape) > EXACT and any(cnf.trace == "hutchinson" for cnf in self.flow.flows)

    @property
    def trace(self) -> str | None:
        """``"exact"``, or ``None``: each flow's own."""
        return None if self.estimated else "exact"

    @property
    def ways(self) -> dict[str, dict[str, Any]]:
        """The flow's own discretisation, which has no name, and the others."""
        return {"": {}, **self.settings}

    def adapts(self, way: dict[str, Any]) -> bool:
        """Whether the steps adapt to the points."""
        return any(cnf.discretization.changed(**way).steps is None for cnf in self.flow.flows)


def density(flow: FlowModel, dial: Sequence[str], guidance: Guidance) -> Density:
    """The flow as it is served.

    Args:
        flow: Any; in half precision it is rebuilt.
        dial: Other discretisations: ``"steps=8"``, ``"midpoint:steps=8"`` or ``"rtol=1e-3"``; see ``dials.settings``.
        guidance: See ``Density``.

    Raises:
        ValueError: The dial or the guidance is none of this flow's.
    """
    if guidance.weight != 1 and flow.classes is None:
        raise ValueError(f"guidance is of flows with classes, which {flow.name} has not. Received: {guidance}.")
    settings = {setting.name: _arguments(flow, setting) for setting in dials.settings(dial)}
    return Density(rebuilding.float32(flow), guidance, settings)


def _arguments(flow, setting):
    """A place of the dial as arguments of ``FlowModel.sample``."""
    if setting.kind == "column":
        raise ValueError(f"{flow.name} has no columns. Expected a dial of steps=N or rtol=R. Received: column.")
    if setting.kind == "steps":
        way = {"solver": setting.solver, "steps": int(setting.value)}
    else:
        way = {"solver": setting.solver, "rtol": float(setting.value), "atol": float(setting.value)}
    for cnf in flow.flows:
        cnf.discretization.changed(**way)  # raises if it has no such solver
    return way
