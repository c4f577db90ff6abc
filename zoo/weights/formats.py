"""Weight files by their kind: what is read, and what is refused and why."""

import io
import os
import pathlib
import zipfile
from typing import Any

import numpy as np

from zoo.data import files
from zoo.weights import file, npz
from zoo.weights.digest import FILE_NAME
from zoo.weights.locations import PICKLES, SUFFIX, SUFFIXES

LARGEST = 4_000_000_000
"""Bytes of the largest content that is unpacked where nothing says how large it is."""
HDF5 = (".h5",)
"""How the files of Keras end, which Keras reads: ``.weights.h5`` and the older ``.h5``."""
PICKLED = (
    "{path} is not read: a pickle is a program that makes the weights, and may do anything else. Convert it where you "
    "trust it, for example by torch: safetensors.torch.save_file(torch.load({name!r}, weights_only=True), "
    "'weights.safetensors')."
)


def name(path: str | os.PathLike) -> str:
    """The file name that tells the kind of a weight file: of a ``.zip`` that of its one member.

    Raises ``ValueError`` for a pickle, any other kind that is not read, and a ``.zip`` of several or of none of them.
    """
    found = pathlib.Path(path).name
    endings: tuple[str, ...] = SUFFIXES
    if found.endswith(".zip"):
        endings = tuple(suffix for suffix in SUFFIXES if suffix not in (".zip", ".keras"))
        with files.opened(path) as opened, _archive(opened, str(path)) as archive:
            found = _member(archive, str(path)).filename
    if found.endswith(PICKLES):
        raise ValueError(PICKLED.format(path=path, name=found))
    if not found.endswith(endings):
        raise ValueError(f"A weight file must end in {', '.join(endings)}. Received: {found} ({path}).")
    return found


def content(path: str | os.PathLike, most: int = LARGEST) -> bytes:
    """What is in a weight file, unzipped where it is a ``.zip``; raises ``ValueError`` if it is more than that."""
    if not os.fspath(path).endswith(".zip"):
        return files.content(path)
    return unzipped(files.content(path), str(path), most)


def unzipped(content: bytes, source: str, most: int, name: str | None = None) -> bytes:
    """The one member of an archive.

    Args:
        content: Of the archive.
        source: What the message of an error calls it.
        most: Bytes of the largest member that is unpacked.
        name: That the member must have. Defaults to ``None``: any file name.

    Raises ``ValueError`` if the archive is damaged, holds another number of files, or one of another name or too large.
    """
    with _archive(io.BytesIO(content), source) as archive:
        member = _member(archive, source)
        if name is not None and member.filename != name:
            raise ValueError(f"{source} holds {member.filename!r}. Expected: {name!r}.")
        if member.file_size > most:
            raise ValueError(f"{source} holds {member.file_size:,} bytes. Expected: at most {most:,}.")
        try:
            return archive.read(member)
        except Exception as error:  # zipfile and zlib raise many kinds for a damaged archive
            raise ValueError(f"{source} is not a readable .zip file: {error}.") from None


def read(path: str | os.PathLike) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The tensors by key, and what the file says of itself: of ``.safetensors`` and ``.npz`` files, also zipped.

    Raises ``ValueError`` for files that are not readable, ``OSError`` if it cannot be read.
    """
    if name(path).endswith(SUFFIX):
        return file.unpacked(content(path), str(path))
    return npz.unpacked(content(path), str(path), LARGEST), {}


def _archive(file, source):
    try:
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise ValueError(f"{source} is not a readable .zip file: {error}.") from None


def _member(archive, source):
    members = archive.infolist()
    if len(members) != 1 or not FILE_NAME.fullmatch(members[0].filename):
        listed = ", ".join(repr(member.filename) for member in members[:5])
        raise ValueError(f"{source} must hold one file and no folder. Received: {listed or 'nothing'}.")
    return members[0]
