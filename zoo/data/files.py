"""Files of the user's: only regular ones are read, and what is written is there whole or not at all."""

import contextlib
import errno
import io
import os
import pathlib
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator

import filelock

STAGE = ".zoo-"
"""How the names of folders begin in which something is written before it is moved to its place."""
YOUNG = 60
"""Seconds in which a folder may not have got its lock yet."""
NO_LOCKS = (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS)
"""What a file system without locks answers."""


def opened(path: str | os.PathLike[str]) -> io.BufferedReader:
    """A file that is open for reading; a pipe or a device, which may never end, is refused before it is read.

    Raises:
        IsADirectoryError: It is a folder.
        ValueError: It is no regular file.
        OSError: It cannot be read.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))  # a pipe without a writer is not waited for
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return open(descriptor, "rb")
    os.close(descriptor)
    if stat.S_ISDIR(mode):
        os.scandir(path).close()  # says so if it cannot even be listed
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
    raise ValueError(f"{path} is no regular file but a pipe, a socket or a device.")


def content(path: str | os.PathLike[str], size: int | None = None, most: int | None = None) -> bytes:
    """All bytes of a file.

    Args:
        path: Of the file.
        size: How many bytes it must have; another file is not read. Defaults to ``None``: any number.
        most: How many bytes it may have; a larger file is not read. Defaults to ``None``: any number.

    Raises:
        ValueError: It is no regular file, of another size, or too large.
        OSError: It cannot be read.
    """
    with opened(path) as file:
        found = os.fstat(file.fileno()).st_size
        if size is not None and found != size:
            raise ValueError(f"{path} has {found:,} bytes. Expected: {size:,}.")
        if most is not None and found > most:
            raise ValueError(f"{path} has {found:,} bytes. Expected: at most {most:,}.")
        return file.read()


def write(path: str | os.PathLike[str], data: bytes) -> None:
    """Write a file whole or not at all: beside its place, flushed to the disk, then moved there.

    A link at ``path`` is replaced, not followed.

    Raises ``OSError`` if the disk is full or the folder cannot be written; what was there before stays.
    """
    path = pathlib.Path(path)
    with staged(path.parent) as folder:
        partial = folder / path.name
        partial.write_bytes(data)
        flush(partial)
        partial.replace(path)
        flush(path.parent)


def flush(path: pathlib.Path) -> None:
    """Wait until a file, or the names in a folder, have reached the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def staged(parent: pathlib.Path) -> Iterator[pathlib.Path]:
    """A new folder in ``parent``, for what is moved from there to its place when it is whole; gone at the end.

    What processes that were killed have left there is removed.
    """
    _sweep(parent)
    with tempfile.TemporaryDirectory(dir=parent, prefix=STAGE, ignore_cleanup_errors=True) as name:
        folder = pathlib.Path(name)
        with locked(folder / "lock"):
            yield folder


@contextlib.contextmanager
def locked(path: pathlib.Path, wait: float = 0) -> Iterator[bool]:
    """While this is open no other process locks that file; the system lets go when the process ends.

    Yields whether it is locked: some systems and file systems have no locks.

    Args:
        path: Of the file; made if missing.
        wait: Seconds to wait for another process. Defaults to ``0``.

    Raises:
        filelock.Timeout: Another process has it.
        OSError: It cannot be made; a link in its place is not followed.
    """
    lock = filelock.FileLock(path, timeout=wait)
    try:
        lock.acquire()
    except NotImplementedError:
        pass
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
    try:
        yield lock.is_locked
    finally:
        lock.release()


def _sweep(parent):
    """Remove the folders of ``staged`` that no process writes any more."""
    for folder in parent.glob(f"{STAGE}*"):
        with contextlib.suppress(OSError):  # another process removes it too; Timeout: it is being written
            if time.time() - folder.lstat().st_mtime < YOUNG or folder.is_symlink():
                continue
            with locked(folder / "lock") as alone:
                if alone:
                    shutil.rmtree(folder)
