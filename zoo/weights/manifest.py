"""The manifest: the rows of all released files."""

import functools
import json
import pathlib

from zoo import _check
from zoo.weights.checkpoint import Checkpoint, Trained

MANIFEST = pathlib.Path(__file__).with_name("manifest.json")
"""The rows of all released files."""


def available() -> tuple[Checkpoint, ...]:
    """Every released checkpoint, in the order of the manifest."""
    return _read(MANIFEST)


@functools.cache
def _read(path):
    return tuple(Checkpoint.from_row(row) for row in json.loads(path.read_text("utf-8")))


def trained() -> tuple[Checkpoint, ...]:
    """Those whose weights were trained here; the others' were published elsewhere, and converted."""
    return tuple(checkpoint for checkpoint in available() if isinstance(checkpoint.provenance, Trained))


def get(name: str) -> Checkpoint:
    """The checkpoint of that NAME; raises ``ValueError`` that names the nearest if there is none."""
    rows = {checkpoint.name: checkpoint for checkpoint in available()}
    return rows[_check.known(name, rows, "released weights", "zoo list")]
