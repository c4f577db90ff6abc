"""The released weight files, and presets from elsewhere."""

import shutil
import sys
from typing import Annotated

import rich.table
import typer

from zoo.cli import models, terminal
from zoo.cli.command import command
from zoo.data import files
from zoo.weights import Trained, WeightsError, available, copies, fetch, get, home, locate, locations
from zoo.weights.remote import presets

LARGE = 1_000_000_000
"""Bytes; more are not fetched without ``--yes``."""

Names = Annotated[
    list[str] | None, typer.Argument(metavar="[NAME...]", help="Default: all.", autocompletion=models.names)
]


@command("weights list")
def list_weights() -> None:
    """List the released files: size, checksum and where a verified copy lies."""
    table = rich.table.Table("NAME", "size", "checksum", "at")
    for checkpoint in available():
        try:
            where = str(locate(checkpoint, download=False))
        except WeightsError:
            where = "(not here; zoo weights fetch)"
        digest = checkpoint.file.digest
        table.add_row(checkpoint.name, checkpoint.file.size, f"{digest.algorithm} {digest.value[:16]}…", where)
    terminal.print_table(table)


@command("weights fetch")
def fetch_weights(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME|LOCATION...",
            help="Releases, and presets at https://…, hf://… or s3://…",
            autocompletion=models.names,
        ),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every released file.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="More than 1 GB, too.")] = False,
) -> None:
    """Put verified copies of released files and of presets into the cache and print their paths and their sum.

    A preset from elsewhere is pinned when it is first fetched: later it must be the same (see zoo weights forget).
    """
    if not names and not everything:
        raise ValueError("Expected NAMEs of released files, or --all. zoo weights list names them.")
    elsewhere = [each for each in names or [] if locations.is_elsewhere(each)]
    for location in elsewhere:
        locations.check(location)
    here = [each for each in names or [] if each not in elsewhere]
    chosen = [get(name) for name in (_chosen(None) if everything else here)]
    total = sum(checkpoint.largest for checkpoint in chosen)
    if total > LARGE and not yes:
        raise ValueError(f"These are {total:,} bytes. Add --yes to fetch more than {LARGE:,}.")
    for checkpoint in chosen:
        print(fetch(checkpoint.name))
    for location in elsewhere:
        print(locations.local(location))
    if chosen:
        print(f"{len(chosen)} files, {total:,} bytes", file=sys.stderr)


@command("weights forget")
def forget_weights(
    given: Annotated[list[str], typer.Argument(metavar="LOCATION...", help="Of presets that were fetched.")],
) -> None:
    """Remove the copies of presets from elsewhere and what was pinned: the next fetch takes what is there then."""
    for location in given:
        locations.check(location)
        removed = presets.forget(location)
        if not removed:
            raise ValueError(f"{location} was not fetched: there is nothing to forget.")
        for path in removed:
            print(path)


@command("weights prune")
def prune_weights(
    dry: Annotated[bool, typer.Option("--dry-run", help="Only print what would be removed.")] = False,
) -> None:
    """Remove from the cache what no released file is: earlier releases, damaged files that were set aside."""
    current = {checkpoint.file.name for checkpoint in available()}
    folder = home() / "weights"
    found = [path for path in folder.glob("*") if path.name not in current and not path.name.startswith(files.STAGE)]
    found += (home() / "presets").glob("*/*.damaged")
    for path in sorted(found):
        print(path)
        if not dry:
            path.unlink() if path.is_symlink() or not path.is_dir() else shutil.rmtree(path)


@command("weights verify")
def verify_weights(names: Names = None) -> None:
    """Hash every copy that is at hand and compare it with the manifest; without NAMEs also presets in the cache.

    Exit code 1 if one is damaged, though an intact one may lie beside it, or if a file has no copy. Files that others
    published need none, unless they are named.
    """
    wrong = []
    for name in _chosen(names):
        found = list(copies(get(name)))
        wrong += [f"{name}: {problem}" for _, problem in found if problem]
        if not found and (names or isinstance(get(name).provenance, Trained)):  # those of others are fetched when used
            wrong.append(f"{name}: no copy here (zoo weights fetch {name})")
        for path in (path for path, problem in found if not problem):
            print(f"{name}: {path}")
    for path in presets.copies() if not names else ():
        problem = presets.problems(path)
        if problem:
            wrong.append(f"{path.name}: {problem}")
        else:
            print(f"{path.name}: {path}")
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
