"""A folder that any web server can serve: released files and presets, their cards, the manifest and SHA256SUMS."""

import hashlib
import json
import os
import pathlib
import shutil
from collections.abc import Sequence

from zoo.data import files
from zoo.weights import preset, released_card, store
from zoo.weights.checkpoint import Checkpoint
from zoo.weights.manifest import get
from zoo.weights.paths import is_path

SUMS = "SHA256SUMS"
MANIFEST = "manifest.json"


def publish(things: Sequence[str | os.PathLike], folder: str | os.PathLike) -> dict[str, str]:
    """Put released files and presets into a folder, for a web server, a bucket or a disk that is carried somewhere.

    A released file stands there under its name, so that the folder's address is a mirror (``ZOO_WEIGHTS_URL``), with
    ``<NAME>.md`` beside it and its row in ``manifest.json``. A preset stands in a folder of its name. ``SHA256SUMS``
    names every file, as ``sha256sum --check`` reads it. What was published there before stays.

    Args:
        things: NAMEs of releases and paths of presets.
        folder: Where; made if missing.

    Returns:
        What was left out and why, by name: a release whose file is not at hand and cannot be had.

    Raises:
        ValueError: No such NAME, or two presets of one name; nothing is written.
        FileNotFoundError: A path that is no preset; nothing is written.
        OSError: The folder cannot be written.
    """
    folder = pathlib.Path(folder).expanduser()
    presets = [pathlib.Path(each).expanduser().resolve() for each in things if is_path(each)]
    released = [get(str(each)) for each in things if not is_path(each)]
    names = [path.name for path in presets]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"Two presets are named {', '.join(sorted(twice))}. Expected names of their own.")
    for path in presets:
        preset.read(path)
    folder.mkdir(parents=True, exist_ok=True)
    left_out = {}
    rows = {row["name"]: row for row in _rows(folder / MANIFEST)}
    for checkpoint in released:
        try:
            _put(checkpoint, folder)
        except store.WeightsError as error:
            left_out[checkpoint.name] = str(error)
            continue
        rows[checkpoint.name] = checkpoint.row()
    for path in presets:
        with files.staged(folder) as staged:
            for name in (preset.CONFIG, preset.TENSORS, preset.CARD):
                if (path / name).is_file():
                    shutil.copyfile(path / name, staged / name)
            (folder / path.name).mkdir(exist_ok=True)
            for copied in (preset.TENSORS, preset.CARD, preset.CONFIG):
                if (staged / copied).exists():
                    (staged / copied).replace(folder / path.name / copied)
            _sum(folder / path.name)
    if rows:
        files.write(folder / MANIFEST, (json.dumps([*rows.values()], indent=1, ensure_ascii=False) + "\n").encode())
    _sum(folder)
    return left_out


def _put(checkpoint: Checkpoint, folder):
    files.write(folder / checkpoint.file.name, store.read(checkpoint))
    files.write(folder / f"{checkpoint.name}.md", released_card.of(checkpoint).encode())


def _rows(path):
    return json.loads(files.content(path)) if path.exists() else []


def _sum(folder):
    """Write ``SHA256SUMS`` of all files in the folder and below; hidden ones are none of ours."""
    found = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != SUMS)
    visible = [path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts)]
    lines = [
        f"{hashlib.sha256(files.content(path)).hexdigest()}  {path.relative_to(folder).as_posix()}\n"
        for path in visible
    ]
    files.write(folder / SUMS, "".join(lines).encode())
