"""The folder of an export: what a later one may replace in it."""

import pathlib

MARK = "Written by `zoo export`."
"""In each text file that a later export may replace."""
TEXTS = ("README.md", "models.config", "batching.config")


def check(folder: pathlib.Path) -> None:
    """Raise ``FileExistsError`` if there is a file of somebody else's in the place of one that an export writes."""
    for name in TEXTS:
        path = folder / name
        if path.exists() and MARK not in path.read_text("utf-8", "replace"):
            raise FileExistsError(f"{path} exists already, and zoo export did not write it. Choose another folder.")
