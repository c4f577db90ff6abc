"""The folder of an export: what a later one may replace in it."""

import pathlib
from collections.abc import Sequence

MARK = "Written by `zoo export`."
"""In the README of a folder, whose text files a later export may replace."""
TEXTS = ("README.md", "labels.txt", "models.config", "batching.config")


def check(folder: pathlib.Path, places: Sequence[pathlib.Path]) -> None:
    """Raise ``FileExistsError`` if there is something in the places to write to, or a text file of somebody else's."""
    for place in places:
        if place.exists():
            raise FileExistsError(f"{place} exists already. Choose another folder or, of a server, the next version.")
    readme = folder / "README.md"
    if readme.exists() and MARK in readme.read_text("utf-8", "replace"):
        return
    for name in TEXTS:
        if (folder / name).exists():
            raise FileExistsError(f"{folder / name} exists already, and zoo export did not write it.")
