"""The released weight files."""

import pathlib
import shutil
import sys
from typing import Annotated

import rich.table
import typer

from zoo.cli import models, terminal
from zoo.cli.command import command
from zoo.data import files
from zoo.weights import WeightsError, available, copies, fetch, get, home, locate, publishing

LARGE = 1_000_000_000
"""Bytes; more are not fetched without ``--yes``."""

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
def fetch_weights(
    names: Names = None,
    everything: Annotated[bool, typer.Option("--all", help="Every released file.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="More than 1 GB, too.")] = False,
) -> None:
    """Put verified copies of released files into the cache and print their paths and their sum."""
    if not names and not everything:
        raise ValueError("Expected NAMEs of released files, or --all. zoo weights list names them.")
    chosen = [get(name) for name in _chosen(None if everything else names)]
    total = sum(checkpoint.file.bytes for checkpoint in chosen)
    if total > LARGE and not yes:
        raise ValueError(f"These are {total:,} bytes. Add --yes to fetch more than {LARGE:,}.")
    for checkpoint in chosen:
        print(fetch(checkpoint.name))
    print(f"{len(chosen)} files, {total:,} bytes", file=sys.stderr)


@command("weights prune")
def prune_weights(
    dry: Annotated[bool, typer.Option("--dry-run", help="Only print what would be removed.")] = False,
) -> None:
    """Remove from the cache what no released file is: earlier releases, damaged files that were set aside."""
    current = {checkpoint.file.name for checkpoint in available()}
    folder = home() / "weights"
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.name not in current and not path.name.startswith(files.STAGE):
            print(path)
            if not dry:
                path.unlink() if path.is_symlink() or not path.is_dir() else shutil.rmtree(path)


@command("weights publish")
def publish_weights(
    things: Annotated[list[str], typer.Argument(metavar="NAME|PRESET...", help="Releases, and folders of presets.")],
    to: Annotated[str, typer.Option(help="Folder to write: a web server or a bucket can serve it as it is.")],
) -> None:
    """Put released files and presets into a folder: with cards, a manifest and SHA256SUMS.

    The address at which the folder is served is a mirror for others (ZOO_WEIGHTS_URL). Exit code 1 if a file is left
    out because no copy of it is to be had.

    Example: zoo weights publish lm_resnet20-cifar10 flowers-model --to public
    """
    left_out = publishing.publish(things, to)
    for path in sorted(pathlib.Path(to).expanduser().rglob("*")):
        if path.is_file():
            print(path)
    for reason in left_out.values():
        terminal.messages.print(f"left out: {reason}", highlight=False, soft_wrap=True, markup=False)
    if left_out:
        raise typer.Exit(1)


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
