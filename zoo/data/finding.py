"""Files from what a user names: paths, folders and patterns."""

import functools
import glob
import os
import pathlib
from collections.abc import Iterable, Iterator

SUFFIXES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp")
"""What counts as a picture when a folder is searched."""


def find(paths: Iterable[str | os.PathLike[str]]) -> list[pathlib.Path]:
    """The files meant by paths, folders and glob patterns, in the order given.

    A folder gives the pictures in it and below, sorted; ``**`` is any folder below. Links to folders are followed, and
    each folder is searched once, also where links go round. A path or pattern that matches nothing, a folder without
    pictures, and one that may not be read is returned as it is, so that reading it says so.

    Args:
        paths: Each a file, a folder or a pattern such as ``"flowers/*.jpg"``; ``~`` is the home folder.

    Returns:
        The paths of the files; a file that is meant by two of ``paths`` is there twice.
    """
    found: list[pathlib.Path] = []
    for path in (os.path.expanduser(os.fspath(each)) for each in paths):
        matches = [path] if os.path.lexists(path) else sorted(_matches(path))
        meant = [file for match in matches or [path] for file in _inside(match) or [pathlib.Path(match)]]
        found += _once(meant) if "**" in path else meant
    return found


def _once(paths):
    """The paths without those that lead to the same file by other links."""
    real = functools.cache(os.path.realpath)
    known: dict[tuple[str, str], pathlib.Path] = {}
    for path in paths:
        known.setdefault((real(path.parent), path.name), path)
    return known.values()


def _inside(path):
    """The pictures in a folder and below, and what may not be read there."""
    found: list[str] = []
    for folder, names in _folders(path, refused=found.append):
        found += [os.path.join(folder, name) for name in names if os.path.splitext(name)[1].lower() in SUFFIXES]
    return sorted(map(pathlib.Path, found))


def _matches(pattern) -> Iterator[str]:
    """What a pattern matches; ``**`` as a part of it is every folder below, each once."""
    parts = pathlib.PurePath(pattern).parts
    if "**" not in parts:
        yield from glob.iglob(pattern)
        return
    at = parts.index("**")
    above, below = os.path.join("", *parts[:at]), os.path.join("", *parts[at + 1 :])
    for top in glob.iglob(above) if above else ["."]:
        if not below:
            yield top
            continue
        for folder, _ in _folders(top):
            yield from _matches(os.path.join(glob.escape(folder), below))


def _folders(top, refused=lambda path: None):
    """``(folder, names of its files)`` of a folder and all below, each once."""
    seen = set()
    for folder, below, names in os.walk(top, onerror=lambda error: refused(error.filename), followlinks=True):
        about = os.stat(folder)
        if (about.st_dev, about.st_ino) in seen:
            below.clear()
            continue
        seen.add((about.st_dev, about.st_ino))
        below.sort()
        yield folder, names
