"""What ``zoo finetune`` shows: how far it is, and the commands that come next."""

import contextlib
import pathlib
import shlex
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import rich.progress

from zoo.cli import terminal

if TYPE_CHECKING:
    from zoo.training.finetuning.progress import Epoch

PHASES = {"head": "head alone", "all": "whole network"}
TENTHS = 10
"""Lines that reading takes where there is no terminal for a bar."""


class Shown:
    """Bars on a terminal's stderr, plain lines elsewhere; a line on stdout for each pass."""

    def __init__(self, bars: rich.progress.Progress) -> None:
        self.bars = bars
        self.tasks: dict[str, rich.progress.TaskID] = {}

    def reading(self, done: int, total: int) -> None:
        """Show how many pictures are read."""
        self._bar("reading pictures", done, total)
        if self.bars.disable and done * TENTHS // max(total, 1) > (done - 1) * TENTHS // max(total, 1):
            print(f"reading pictures: {done} of {total}", file=sys.stderr, flush=True)

    def update(self, done: int, total: int) -> None:
        """Show how many updates are done."""
        self._bar("training", done, total)

    def epoch(self, row: "Epoch") -> None:
        """Print what came of a pass."""
        held = "" if row.held_out is None else f", held out {100 * row.held_out:.2f} %"
        figures = f"loss {row.loss:.4f}, accuracy {100 * row.accuracy:.2f} %{held}, {row.seconds:.0f} s"
        print(f"{place(row)}: {figures}", flush=True)

    def stopped(self, row: "Epoch") -> None:
        """Say that the training is at its end, and that something is still to come."""
        print(f"stopping in {place(row)}: measuring and saving what there is", file=sys.stderr, flush=True)

    def _bar(self, name: str, done: int, total: int) -> None:
        if name not in self.tasks:
            self.tasks[name] = self.bars.add_task(name)
        self.bars.update(self.tasks[name], completed=done, total=total)


@contextlib.contextmanager
def shown() -> Iterator[Shown]:
    """What shows a fine-tuning while it runs."""
    with terminal.bar() as bars:
        yield Shown(bars)


def place(row: "Epoch") -> str:
    """Where a training is, in words."""
    return f"{PHASES[row.phase]}, epoch {row.epoch}/{row.epochs}"


def next_commands(out: str, folder: str, *, evaluable: bool = True) -> list[str]:
    """What can be done with the model in ``out``, made from the pictures in ``folder``: command lines for a shell.

    ``evaluable`` says whether every picture there is readable, without which ``zoo evaluate`` refuses the folder.
    """
    model = str(pathlib.Path(out))
    commands = [
        ["predict", folder, "--model", model],
        ["evaluate", model, "--data", folder],
        ["show", model],
        ["export", model, "--out", f"{model}-served"],
    ]
    return [shlex.join(["zoo", *words]) for words in commands if evaluable or words[0] != "evaluate"]
