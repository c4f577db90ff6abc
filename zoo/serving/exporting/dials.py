"""The dial of an exported model: one signature for each number of steps, tolerance or depth."""

import dataclasses
import re
from collections.abc import Sequence

import keras

from zoo.analysis import column, rediscretize, work_precision
from zoo.analysis.discretization_error import companion
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
    def name(self) -> str:
        """It in one word, such as ``midpoint_steps_4``."""
        return "_".join([*([self.solver] if self.solver else []), self.kind, self.value])

    @property
    def signature(self) -> str:
        """The name of its signature, such as ``serving_steps_4``."""
        return f"serving_{self.name}"

    def method(self, model: keras.Model) -> work_precision.Setting | None:
        """The discretisation that is meant, of the stages of this model; ``None`` for a column."""
        if self.kind == "column":
            return None
        methods = [scheme.method for scheme in schemes(model)]
        solver = self.solver or next((name for name, table in TABLEAUS.items() if table in methods), DEFAULT)
        if self.kind == "steps":
            return work_precision.Setting(solver, int(self.value))
        embedded = solver if self.solver or TABLEAUS[solver].b_embedded else DEFAULT
        return work_precision.Setting(embedded, tolerance=float(self.value))


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


@dataclasses.dataclass(frozen=True)
class Dialled:
    """A network of the dial.

    Attributes:
        served: It.
        units: Those of its columns, which are evaluations that no scheme counts.
        companion: The network of the same weights whose answer its own is compared with (see
            ``zoo.analysis.discretization_error.companion``); ``None`` for a column.
    """

    served: Classifier
    units: int
    companion: keras.Model | None


def dialled(served: Classifier, dial: Sequence[str]) -> dict[str, Dialled]:
    """The network of each place of the dial by the name of its signature; see ``settings`` for what is raised, and
    ``zoo.rediscretize`` and ``zoo.analysis.column`` for a model that has no such place."""
    return {each.signature: _dialled(served, each) for each in settings(dial)}


def _dialled(served, setting):
    method = setting.method(served.model)
    if method is None:
        network = column(served.model, int(setting.value))
        depth = int(setting.value) - 1  # column c of a block is 2^(c − 1) units, one after the other
        units = sum(2**depth for scheme in schemes(served.model) if scheme.columns)
        return Dialled(dataclasses.replace(served, model=network), units, None)
    network, other = (_under(served.model, each) for each in (method, companion(method)))
    return Dialled(dataclasses.replace(served, model=network), 0, other)


def _under(model, method):
    """The model under a method, with the same weights and adaptive steps of each picture's own."""
    tolerance = method.tolerance
    return apart(rediscretize(model, method.solver, method.steps, tolerance, tolerance, share=True))


def _is_number(match):
    try:
        return float(match["value"]) > 0 if match["kind"] == "rtol" else int(match["value"]) > 0
    except ValueError:
        return False
