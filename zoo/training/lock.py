"""One process at a time in a folder."""

import contextlib
import pathlib
from collections.abc import Iterator

import filelock

from zoo.data import files


@contextlib.contextmanager
def alone(directory: pathlib.Path) -> Iterator[None]:
    """While this is open no other process enters it for the same folder; the system lets go when the process ends.

    On systems and file systems without locks nothing is locked.

    Raises ``ValueError`` if another process is there, ``OSError`` if the file ``lock`` cannot be made.
    """
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(files.locked(directory / "lock"))
        except filelock.Timeout:
            raise ValueError(
                f"Another process is training in {directory}. Wait until it has ended, or choose another directory."
            ) from None
        yield
