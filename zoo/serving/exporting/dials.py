"""The dial of an exported model: one signature for each number of steps, tolerance or depth."""

import dataclasses
import re
from collections.abc import Sequence

import keras

from zoo.analysis import column, columns, rediscretize
from zoo.numerics import TABLEAUS
from zoo.serving.exporting.classifier import Classifier
from zoo.serving.exporting.rebuilding import apart, schemes

GRAMMAR = "steps=N, rtol=R or column=N, with a solver before it if it is to be another, such as midpoint:steps=2"
PATTERN = re.compile(r"(?:(?P<solver>[a-z]\w*):)?(?P<kind>steps|rtol|column)=(?P<value>[-+.\w]+)")
DEFAULT = "dopri5"
"""The method of tolerances where the model's own has no embedded one."""


@dataclasses.dataclass(frozen=True)
class Setting:
    """A place of the dial: ``"steps"``, ``"rtol"`` (and atol, the same) or ``"column"``, its value as it was written,
    and the name of a tableau, or ``None`` for the model's own."""

    kind: str
    value: str
    solver: str | None = None

    @property
    def signature(self) -> str:
        """The name of its signature, such as ``serving_steps_4``."""
        return "_".join(["serving", *([self.solver] if self.solver else []), self.kind, self.value])

    def of(self, model: keras.Model) -> keras.Model:
        """The model at this place, with the same weights; raises ``ValueError`` if it has none such."""
        if self.kind == "column":
            return column(model, int(self.value))
        methods = [scheme.method for scheme in schemes(model)]
        own = next((name for name, table in TABLEAUS.items() if table in methods), DEFAULT)
        solver = self.solver or own
        if self.kind == "steps":
            return rediscretize(model, solver, int(self.value), share=True)
        embedded = solver if self.solver or TABLEAUS[solver].b_embedded else DEFAULT
        tolerance = float(self.value)
        return apart(rediscretize(model, embedded, rtol=tolerance, atol=tolerance, share=True))


def settings(dial: Sequence[str]) -> list[Setting]:
    """The places that are asked for.

    Args:
        dial: Each ``"steps=4"``, ``"rtol=1e-3"``, ``"column=2"`` or ``"midpoint:steps=2"``; several values are divided
            by commas, ``"steps=1,2,4"``.

    Raises ``ValueError``, which states the grammar, for anything else.
    """
    found = []
    for text in dial:
        first, *others = text.split(",")
        for each in (first, *(f"{first.partition('=')[0]}={value}" for value in others)):
            match = PATTERN.fullmatch(each.strip())
            if match is None or not _is_number(match) or (match["kind"] == "column" and match["solver"]):
                raise ValueError(f"Expected a dial of {GRAMMAR}. Received: {text!r}.")
            found.append(Setting(match["kind"], match["value"], match["solver"]))
    return list(dict.fromkeys(found))


def dialled(served: Classifier, dial: Sequence[str]) -> dict[str, "Dialled"]:
    """The network of each place of the dial by the name of its signature; see ``settings`` for what is raised."""
    return {
        each.signature: Dialled(dataclasses.replace(served, model=each.of(served.model)), _units(served, each))
        for each in settings(dial)
    }


@dataclasses.dataclass(frozen=True)
class Dialled:
    """A network of the dial, and the units of its columns, which are evaluations that no scheme counts."""

    served: Classifier
    units: int


def _units(served, setting):
    """Column c of a block is 2^(c − 1) units, one after the other."""
    if setting.kind != "column":
        return 0
    depth = range(columns(served.model)[-1])[int(setting.value) - 1]
    return sum(2**depth for scheme in schemes(served.model) if scheme.columns)


def _is_number(match):
    try:
        return float(match["value"]) > 0 if match["kind"] == "rtol" else int(match["value"]) > 0
    except ValueError:
        return False
