"""What a server says of a picture, and what went wrong."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

NAMED = ("classes", "scores", "class_ids", "probabilities")


class ServerError(RuntimeError):
    """A server refused a request or could not be asked.

    Attributes:
        status: Of HTTP, or the name of a status of gRPC; ``None`` if there was no answer.
    """

    def __init__(self, message: str, status: int | str | None = None):
        super().__init__(message)
        self.status = status


@dataclasses.dataclass(frozen=True)
class Answer:
    """What a model says of one picture.

    Attributes:
        labels: Names of the most probable classes, the most probable first.
        scores: Their probabilities.
        class_ids: Their numbers.
        probabilities: Of all classes, in the order of their numbers.
        more: Other outputs of the signature, such as ``nfe``, ``discretization_error`` and ``settled``.
    """

    labels: tuple[str, ...]
    scores: tuple[float, ...]
    class_ids: tuple[int, ...]
    probabilities: np.ndarray
    more: Mapping[str, Any]

    @property
    def label(self) -> str:
        """The most probable class."""
        return self.labels[0]

    @classmethod
    def of(cls, outputs: Mapping[str, Any], source: str) -> "Answer":
        """The answer in the outputs of a signature for one picture; raises ``ServerError`` if it names no classes."""
        missing = [name for name in NAMED if name not in outputs]
        if missing:
            raise ServerError(
                f"{source} does not name classes: its answer lacks {', '.join(missing)}. It has {', '.join(outputs)}. "
                "Expected a model that `zoo export` wrote; for other signatures use `outputs`."
            )
        return cls(
            tuple(_text(name) for name in outputs["classes"]),
            tuple(map(float, outputs["scores"])),
            tuple(map(int, outputs["class_ids"])),
            np.asarray(outputs["probabilities"], np.float32),
            {name: value for name, value in outputs.items() if name not in NAMED},
        )


def _text(name: str | bytes) -> str:
    return name.decode() if isinstance(name, bytes) else str(name)


def batches(items: Sequence[Any], size: int) -> list[Sequence[Any]]:
    """The items in pieces of at most ``size``."""
    return [items[start : start + size] for start in range(0, len(items), size)]
