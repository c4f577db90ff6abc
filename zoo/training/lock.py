"""One process at a time in a folder."""

import contextlib
import errno
import pathlib
from collections.abc import Iterator

import filelock

NO_LOCKS = (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS)
"""What a file system without locks answers."""


@contextlib.contextmanager
def alone(directory: pathlib.Path) -> Iterator[None]:
    """While this is open no other process enters it for the same folder; the system lets go when the process ends.

    On systems and file systems without locks nothing is locked.

    Raises ``ValueError`` if another process is there.
    """
    lock = filelock.FileLock(directory / "lock", timeout=0)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise ValueError(
            f"Another process is training in {directory}. Wait until it has ended, or choose another directory."
        ) from None
    except NotImplementedError:
        pass
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
    try:
        yield
    finally:
        lock.release()
