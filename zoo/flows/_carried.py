"""What a solve of a flow gives."""

from typing import Any, NamedTuple


class Carried(NamedTuple):
    """States and what rides along with them, ``(times, batch, …)``, without the first time; the evaluations of f, the
    rejected steps and the ``zoo.solvers.Status``."""

    states: Any
    riding: list
    evaluations: Any
    rejected: Any
    status: Any
