"""The commands on released files: ``zoo weights list`` and ``zoo weights fetch``."""

from typing import Annotated

import rich.table
import typer

import zoo
from zoo.cli import terminal

app = typer.Typer(help="The released weight files.", no_args_is_help=True)


@app.command("list")
def list_weights():
    """List the released files: size, checksum and where a verified copy lies."""
    table = rich.table.Table("NAME", "size", "SHA-256", "at")
    for checkpoint in zoo.weights.available():
        try:
            where = str(zoo.weights.locate(checkpoint, download=False))
        except zoo.weights.WeightsError:
            where = "(not here; zoo weights fetch)"
        table.add_row(checkpoint.name, f"{checkpoint.bytes:,}", checkpoint.digest.value[:16] + "…", where)
    terminal.print_table(table)


@app.command("fetch")
def fetch_weights(names: Annotated[list[str] | None, typer.Argument(metavar="[NAME...]", help="Default: all.")] = None):
    """Put verified copies of released files into the cache and print their paths."""
    chosen = [zoo.weights.get(name).name for name in names or zoo.list_models(pretrained=True)]
    for name in terminal.track(chosen, "fetching"):
        print(zoo.weights.fetch(name))
