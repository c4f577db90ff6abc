"""The cache: where files that were fetched are kept, and how one is put there."""

import contextlib
import os
import pathlib
import shutil
from collections.abc import Iterator

import filelock

from zoo.data import environment, files
from zoo.weights.checkpoint import Checkpoint
from zoo.weights.transfer import DownloadError

WAIT = 600.0
"""Seconds to wait for another process that fetches the same; then this one fetches it, too."""


class CacheError(OSError):
    """The cache cannot be written."""


def home() -> pathlib.Path:
    """The cache: ``$ZOO_HOME``, or ``~/.cache/zoo``; in the folder for temporary files where the user has no home."""
    return environment.cache()


def place(checkpoint: Checkpoint) -> pathlib.Path:
    """The place of a released file in the cache."""
    return home() / "weights" / checkpoint.file.name


def lock(name: str) -> pathlib.Path:
    """The file that a process locks while it fetches what has that name; reading needs none."""
    return home() / "locks" / name


@contextlib.contextmanager
def writable() -> Iterator[None]:
    """Errors of the disk name the cache."""
    try:
        yield
    except (DownloadError, CacheError):
        raise
    except OSError as error:
        if error.errno is None:  # not the system's
            raise
        raise CacheError(
            f"the cache {home()} cannot be written ({error.strerror or error}); name another folder in ZOO_HOME"
        ) from error


@contextlib.contextmanager
def alone(name: str) -> Iterator[None]:
    """While this is open no other process fetches what has that name, if it ends within ``WAIT`` seconds."""
    lock(name).parent.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(filelock.Timeout):
            stack.enter_context(files.locked(lock(name), wait=WAIT))
        yield


def share(path: pathlib.Path) -> None:
    """Give a file the rights of any new one: a temporary file is its owner's alone."""
    usual = path.with_name("usual")
    usual.touch()
    path.chmod(usual.stat().st_mode)
    usual.unlink()


def set_aside(path: pathlib.Path) -> None:
    """Rename what lies in the place of a file to ``<name>.damaged``, so that nothing is lost."""
    if not os.path.lexists(path):
        return
    aside = path.with_name(f"{path.name}.damaged")
    if aside.is_dir() and not aside.is_symlink():
        shutil.rmtree(aside)
    elif path.is_dir():
        aside.unlink(missing_ok=True)
    path.replace(aside)
