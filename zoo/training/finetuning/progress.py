"""What fine-tuning says of itself while it runs."""

import dataclasses
from typing import Protocol


@dataclasses.dataclass(frozen=True)
class Epoch:
    """Where a training is, or what came of one of its passes.

    Attributes:
        phase: ``"head"`` (the new head alone) or ``"all"`` (the whole network).
        epoch: The pass of the phase, from 1 on.
        epochs: Passes of the phase.
        loss: Mean cross-entropy over the pass; of one that was stopped, over its updates so far.
        accuracy: Share of the training pictures named rightly, each when it was trained on.
        held_out: Share of the validation pictures named rightly after the pass; ``None`` without any.
        seconds: How long the pass took.
    """

    phase: str
    epoch: int
    epochs: int
    loss: float
    accuracy: float
    held_out: float | None = None
    seconds: float = 0.0


class Progress(Protocol):
    """Who is told how far a fine-tuning is."""

    def reading(self, done: int, total: int) -> None:
        """So many of the files have been read."""

    def update(self, done: int, total: int) -> None:
        """So many of the updates of both phases are done."""

    def epoch(self, row: Epoch) -> None:
        """A pass is done."""

    def stopped(self, row: Epoch) -> None:
        """The training was asked to stop, and did so in this pass."""


class Silent:
    """Nobody is told."""

    def reading(self, done: int, total: int) -> None: ...

    def update(self, done: int, total: int) -> None: ...

    def epoch(self, row: Epoch) -> None: ...

    def stopped(self, row: Epoch) -> None: ...
