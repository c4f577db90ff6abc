"""Publish released files and presets: into a folder that any web server can serve, a bucket, or on the hub."""

import contextlib
import json
import os
import pathlib
import shutil
import tempfile
from collections.abc import Sequence

from zoo.data import files
from zoo.weights import preset, released_card, released_preset, store, sums
from zoo.weights.checkpoint import Checkpoint
from zoo.weights.locations import is_path, local
from zoo.weights.manifest import get
from zoo.weights.remote import hub
from zoo.weights.remote.bucket import Bucket
from zoo.weights.remote.origin import Missing

MANIFEST = "manifest.json"


def publish(things: Sequence[str | os.PathLike], folder: str | os.PathLike) -> dict[str, str]:
    """Put released files and presets into a folder, for a web server, a bucket or a disk that is carried somewhere.

    A released file stands there under its name, so that the folder's address is a mirror (``ZOO_WEIGHTS_URL``), with
    ``<NAME>.md`` beside it and its row in ``manifest.json``. A preset stands in a folder of its name. ``SHA256SUMS``
    names every file, as ``sha256sum --check`` reads it. What was published there before stays.

    Args:
        things: NAMEs of releases and presets.
        folder: Where; made if missing.

    Returns:
        What was left out and why, by name: a release whose file is not at hand and cannot be had.

    Raises:
        ValueError: No such NAME, or two presets of one name; nothing is written.
        FileNotFoundError: A path that is no preset; nothing is written.
        OSError: The folder cannot be written.
    """
    folder = pathlib.Path(folder).expanduser()
    presets = [local(each).resolve() for each in things if is_path(each)]
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
        with files.staged(folder) as stage:
            staged = stage / path.name
            staged.mkdir()
            _copy(path, staged)
            (folder / path.name).mkdir(exist_ok=True)
            for name in (sums.NAME, *PARTS):
                if (staged / name).exists():
                    (staged / name).replace(folder / path.name / name)
    if rows:
        files.write(folder / MANIFEST, (json.dumps([*rows.values()], indent=1, ensure_ascii=False) + "\n").encode())
    sums.write(folder)
    return left_out


def publish_to_bucket(things: Sequence[str | os.PathLike], location: str) -> dict[str, str]:
    """As ``publish``, into ``s3://bucket/folder``; raises ``ImportError`` without s3fs, too."""
    bucket = Bucket(location)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for there in (MANIFEST, sums.NAME):
            with contextlib.suppress(Missing):
                bucket.get(there, folder / there, preset.LARGEST_CONFIG, lambda done: None)
        before = sums.read(folder) if (folder / sums.NAME).exists() else {}
        left_out = publish(things, folder)
        sums.write(folder, before)
        bucket.put(folder)
    return left_out


def publish_to_hub(thing: str | os.PathLike, location: str) -> str:
    """Put a preset, or a release as one, on the Hugging Face Hub: a repository holds one model.

    Args:
        thing: A preset, or the NAME of a release.
        location: ``hf://user/repo``, made if missing; ``@revision`` names a branch. Who is logged in
            (``hf auth login``, ``HF_TOKEN``) must be allowed to write there.

    Returns:
        The location with the commit: ``hf://user/repo@<commit>``.

    Raises:
        ImportError: huggingface_hub is not installed.
        ValueError: No such NAME, no preset, or another form of location; nothing is sent.
        OSError: The hub does not take it.
    """
    target = hub.Hub(location)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name, "preset")
        if is_path(thing):
            folder.mkdir()
            preset.read(local(thing))
            _copy(local(thing), folder)
        else:
            checkpoint = get(str(thing))
            preset.write(folder, released_preset.of(checkpoint), released_card.of(checkpoint))
            sums.write(folder)
        return f"hf://{target.repo}@{target.put(folder)}"


PARTS = (preset.TENSORS, preset.CARD, preset.CONFIG)
"""The files of a preset; the last makes it one."""


def _copy(path: pathlib.Path, folder: pathlib.Path) -> None:
    """Copy the files of a preset and write their list; other files of its folder are left alone."""
    for name in PARTS:
        if (path / name).is_file():
            shutil.copyfile(path / name, folder / name)
    sums.write(folder)


def _put(checkpoint: Checkpoint, folder):
    files.write(folder / checkpoint.file.name, store.read(checkpoint))
    files.write(folder / f"{checkpoint.name}.md", released_card.of(checkpoint).encode())


def _rows(path):
    return json.loads(files.content(path)) if path.exists() else []
