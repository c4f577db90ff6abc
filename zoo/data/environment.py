"""What the environment says about files: where data sets lie, and whether anything may be downloaded."""

import os
import pathlib


def offline() -> bool:
    """Whether ``ZOO_OFFLINE`` forbids downloads (any value but empty and ``0``)."""
    return os.environ.get("ZOO_OFFLINE", "0") not in ("", "0")


def folder() -> pathlib.Path:
    """Where the data sets are looked for: ``$ZOO_DATA``, or ``~/.cache/zoo/data``."""
    return pathlib.Path(os.environ.get("ZOO_DATA") or "~/.cache/zoo/data").expanduser()
