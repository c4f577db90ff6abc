"""What the command line shows besides its answers: messages and progress on stderr, tables on stdout."""

import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Annotated, Any, TypeVar

import rich.console
import rich.progress
import rich.table
import typer

T = TypeVar("T")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout and nothing else.")]
"""An option of the commands that answer with data."""

messages = rich.console.Console(stderr=True, emoji=False)


def escaped(text: str, keep: str = "") -> str:
    r"""The text with what a terminal would obey, or not show, written out: ``\x1b`` for the escape character.

    Args:
        text: From elsewhere, such as the name of a file.
        keep: Characters that stay as they are.
    """
    return "".join(c if c.isprintable() or c in keep else repr(c)[1:-1] for c in text)


def bar() -> rich.progress.Progress:
    """A progress bar on a terminal's stderr, nothing elsewhere.

    What is printed meanwhile comes above it if stdout is a terminal, too; any other stdout is left alone.
    """
    return rich.progress.Progress(
        *rich.progress.Progress.get_default_columns(),
        console=messages,
        transient=True,
        redirect_stdout=sys.stdout is not None and sys.stdout.isatty(),
        disable=not messages.is_terminal,
    )


def track(sequence: Iterable[T], description: str = "evaluating", total: int | None = None) -> Iterator[T]:
    """The sequence, with a progress bar."""
    with bar() as progress:
        yield from progress.track(sequence, total=total, description=description)


class LeftOut:
    """Says on stderr which pictures are left out and why, and remembers them as ``files``."""

    def __init__(self) -> None:
        self.files: list[str] = []

    def __call__(self, file: object, reason: str) -> None:
        self.files.append(str(file))
        messages.print(escaped(f"{file}: {reason}"), markup=False, highlight=False, soft_wrap=True)


@contextlib.contextmanager
def reported(epochs: int, *also: Callable[..., object]) -> Iterator[Callable[..., None]]:
    """A report function for a training run: a bar, a line on stdout for each epoch, and other report functions."""
    with bar() as progress:
        task = progress.add_task("training")

        def report(update: int, updates: int, row: dict[str, Any] | None) -> None:
            for other in also:
                other(update, updates, row)
            progress.update(task, completed=update, total=updates)
            if row:
                accuracy = f", accuracy {100 * row['accuracy']:.2f} %" if "accuracy" in row else ""
                figures = f"loss {row['loss']:.4f}{accuracy}, {row['seconds']:.0f} s"
                print(f"epoch {row['epoch']}/{epochs}: {figures}", flush=True)

        yield report


def print_table(table: rich.table.Table) -> None:
    """Print a table, as wide as it needs to be where no terminal limits it."""
    rich.console.Console(width=None if sys.stdout.isatty() else 1000, emoji=False).print(table)
