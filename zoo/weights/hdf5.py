"""Weight files of Keras (``.weights.h5``) from anywhere, looked through before they are loaded."""

import os
from collections.abc import Iterator
from typing import BinaryIO

import h5py
import numpy as np


class Refused(ValueError):
    """A file that is not loaded, whatever network it is for."""


def check(path: str | os.PathLike[str] | BinaryIO, most: int, source: str) -> None:
    """Refuse an HDF5 file that reaches into other files, or whose arrays cannot be weights.

    HDF5 lets a name stand for an object of another file, and an array lie in other files; what is loaded, or changed,
    is then not what is in the file.

    Args:
        path: Of the file, or the open file. It is opened for reading only.
        most: Elements of the largest array that may be in it.
        source: What the message of an error calls it.

    Raises:
        Refused: There is a link in it, an array that is elsewhere, or one with NaN or infinite values; it is named.
        ValueError: An array has more elements than ``most``.
        OSError: It is no HDF5 file.
    """
    try:
        with h5py.File(path, "r") as file:
            for name, array in _arrays(file, source):
                _check_array(name, array, most, source)
    except (RuntimeError, KeyError, TypeError) as error:  # what h5py makes of a damaged file
        raise ValueError(f"{source} is damaged: {error}") from None


def _check_array(name, array, most, source):
    if array.is_virtual or array.external:
        raise Refused(f"{source} is not loaded: the values of {name} are in another file.")
    if array.size is not None and array.size > most:
        raise ValueError(f"{name} has {array.size:,} values, the largest weight of the network {most:,}")
    if array.dtype.kind == "f" and not np.isfinite(array[()]).all():
        raise Refused(f"{source} is not loaded: {name} has values that are NaN or infinite.")


def _arrays(file: h5py.File, source: str) -> Iterator[tuple[str, h5py.Dataset]]:
    """Every array and its place in the file; a link raises ``Refused``."""
    groups: list[h5py.Group] = [file]
    seen = set()
    while groups:
        group = groups.pop()
        address = h5py.h5o.get_info(group.id).addr
        if address in seen:  # a group may hold itself
            continue
        seen.add(address)
        for name in group:
            place = f"{group.name.rstrip('/')}/{name}"
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise Refused(f"{source} is not loaded: {place} is a link, which may lead into another file.")
            item = group[name]
            if isinstance(item, h5py.Group):
                groups.append(item)
            elif isinstance(item, h5py.Dataset):
                yield place, item
