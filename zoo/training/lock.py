"""One process at a time in a folder."""

import contextlib
import errno
import importlib

NO_LOCKS = (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS)
"""What a file system without locks answers."""


@contextlib.contextmanager
def alone(directory):
    """While this is open no other process enters it for the same folder; the system lets go when the process ends.

    On systems and file systems without POSIX locks nothing is locked.

    Raises ``ValueError`` if another process is there.
    """
    try:
        fcntl = importlib.import_module("fcntl")
    except ModuleNotFoundError:
        yield
        return
    with open(directory / "lock", "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ValueError(
                f"Another process is training in {directory}. Wait until it has ended, or choose another directory."
            ) from None
        except OSError as error:
            if error.errno not in NO_LOCKS:
                raise
        yield
