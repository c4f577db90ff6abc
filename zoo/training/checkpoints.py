"""Checkpoints of a run: written whole or not at all, checked when read, the last few kept."""

import hashlib
import io
import json
import math
import os
import pathlib
import re
import shutil
import zipfile

import numpy as np

from zoo import _check
from zoo.data import files

NAME = re.compile(r"step-(\d{9})-([0-9a-f]{16})\.npz")


class Checkpoints:
    """The checkpoints in a folder: ``step-<update>-<first 16 digits of its SHA-256>.npz``.

    A checkpoint is written to a temporary file, flushed to the disk and renamed, so that a crash leaves
    either the whole file or none; the checksum in its name finds a file that is damaged all the same.

    Args:
        folder: Where they are; made if missing.
        keep: How many are kept, the newest; at least 1. Defaults to ``3``.

    Raises ``OSError`` if the folder cannot be made, ``ValueError`` if ``keep`` is less than 1.
    """

    def __init__(self, folder: str | os.PathLike[str], keep: int = 3) -> None:
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.keep = _check.integer(keep, "keep")

    def save(self, step: int, arrays: dict[str, np.ndarray], meta: dict) -> pathlib.Path:
        """Write the state after ``step`` updates; ``meta`` is anything that JSON holds.

        Raises ``OSError`` if it cannot be written; the checkpoints before it stay.
        """
        buffer = io.BytesIO()
        arrays = {**arrays, "meta": np.frombuffer(json.dumps(meta).encode(), np.uint8)}
        np.savez(buffer, **arrays)  # type: ignore[arg-type]
        content = buffer.getvalue()
        self._check_space(len(content))
        path = self.folder / f"step-{step:09d}-{hashlib.sha256(content).hexdigest()[:16]}.npz"
        files.write(path, content)
        older = [other for other in self.paths() if _step(other) <= step]
        for other in set(self.paths()) - set(older[-self.keep :]):
            other.unlink()
        return path

    def latest(self) -> tuple[int, dict[str, np.ndarray], dict] | None:
        """``(step, arrays, meta)`` of the newest checkpoint that is whole and can be read, or ``None``.

        Others are passed over; the next ``save`` deletes those of later steps.
        """
        for path in reversed(self.paths()):
            try:
                arrays = _read(path)
                meta = json.loads(arrays.pop("meta").tobytes())
            except (OSError, ValueError, KeyError, zipfile.BadZipFile):  # what the disk, numpy, zip and JSON raise
                continue
            return _step(path), arrays, meta
        return None

    def paths(self) -> list[pathlib.Path]:
        """The files of the folder that are named as checkpoints, the oldest first."""
        return sorted(path for path in self.folder.iterdir() if NAME.fullmatch(path.name))

    def clear(self) -> None:
        """Delete every checkpoint, once a run is complete."""
        for path in self.paths():
            path.unlink()

    def _check_space(self, size: int) -> None:
        free = shutil.disk_usage(self.folder).free
        if free < 2 * size:  # the log and the final weights come beside it
            needed = math.ceil(2 * size / 1e6)
            raise OSError(
                f"{self.folder} has {free:,} bytes free. Expected {needed:,} MB: twice a checkpoint, so that the final "
                "weights fit, too. Free some space or choose another folder; the run goes on from its last checkpoint."
            )


def _read(path: pathlib.Path) -> dict[str, np.ndarray]:
    """The arrays of a file; raises ``ValueError`` if its content is not the one that its name tells."""
    content = files.content(path)
    if hashlib.sha256(content).hexdigest()[:16] != path.stem.split("-")[2]:
        raise ValueError(f"{path} is damaged.")
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def _step(path: pathlib.Path) -> int:
    return int(path.stem.split("-")[1])
