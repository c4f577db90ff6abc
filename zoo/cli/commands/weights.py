"""The released weight files."""

from typing import Annotated

import rich.table
import typer

from zoo.cli import models, terminal
from zoo.cli.command import command
from zoo.weights import WeightsError, available, copies, fetch, get, home, locate

Names = Annotated[
    list[str] | None, typer.Argument(metavar="[NAME...]", help="Default: all.", autocompletion=models.names)
]


@command("weights list")
def list_weights() -> None:
    """List the released files: size, checksum and where a verified copy lies."""
    table = rich.table.Table("NAME", "size", "SHA-256", "at")
    for checkpoint in available():
        try:
            where = str(locate(checkpoint, download=False))
        except WeightsError:
            where = "(not here; zoo weights fetch)"
        file = checkpoint.file
        table.add_row(checkpoint.name, f"{file.bytes:,}", file.digest.value[:16] + "…", where)
    terminal.print_table(table)


@command("weights fetch")
def fetch_weights(names: Names = None) -> None:
    """Put verified copies of released files into the cache and print their paths."""
    for name in terminal.track(_chosen(names), "fetching"):
        print(fetch(name))


@command("weights verify")
def verify_weights(names: Names = None) -> None:
    """Hash every copy that is at hand and compare it with the manifest.

    Exit code 1 if one is damaged, though an intact one may lie beside it, or if a file has no copy.
    """
    wrong = []
    for name in _chosen(names):
        found = list(copies(get(name)))
        wrong += [f"{name}: {problem}" for _, problem in found if problem]
        wrong += [] if found else [f"{name}: no copy here (zoo weights fetch {name})"]
        for path in (path for path, problem in found if not problem):
            print(f"{name}: {path}")
    for message in wrong:
        terminal.messages.print(message, highlight=False, soft_wrap=True, markup=False)
    if wrong:
        raise typer.Exit(1)


@command("weights where")
def where_weights() -> None:
    """Print the folder of the cache."""
    print(home() / "weights")


def _chosen(names: list[str] | None) -> list[str]:
    return [get(name).name for name in names or [checkpoint.name for checkpoint in available()]]
