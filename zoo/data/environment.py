"""What the environment says about files: where they lie, and whether anything may be downloaded."""

import os
import pathlib
import tempfile


def offline() -> bool:
    """Whether ``ZOO_OFFLINE`` forbids downloads (any value but empty and ``0``)."""
    return os.environ.get("ZOO_OFFLINE", "0") not in ("", "0")


def cache() -> pathlib.Path:
    """What may be kept between calls: ``$ZOO_HOME``, or ``~/.cache/zoo``."""
    return _place("ZOO_HOME", "")


def folder() -> pathlib.Path:
    """Where the data sets are looked for: ``$ZOO_DATA``, or ``~/.cache/zoo/data``."""
    return _place("ZOO_DATA", "data")


def _place(variable, below):
    given = os.environ.get(variable)
    if given:
        return pathlib.Path(given).expanduser()
    try:
        return pathlib.Path("~/.cache/zoo", below).expanduser()
    except RuntimeError:  # no home, as of a bare user number in a container
        return pathlib.Path(tempfile.gettempdir(), f"zoo-{os.getuid()}", below)
