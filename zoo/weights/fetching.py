"""Bring a released file into the cache, from a mirror or from the addresses of the manifest."""

import contextlib
import functools
import os
import pathlib
import shutil
from collections.abc import Callable, Iterator

import filelock

from zoo.data import files
from zoo.weights import addresses, cache, download, progress
from zoo.weights.checkpoint import Checkpoint

WAIT = 600.0
"""Seconds to wait for another process that fetches the same file; then this one fetches it, too."""


class CacheError(OSError):
    """The cache cannot be written."""


def urls(checkpoint: Checkpoint) -> list[str]:
    """Where the file may be had, in the order in which it is tried: the mirror ``$ZOO_WEIGHTS_URL``, the manifest's."""
    mirror = os.environ.get("ZOO_WEIGHTS_URL")
    return [*([addresses.below(mirror, checkpoint.file.name)] if mirror else []), *checkpoint.file.urls]


def fetch(checkpoint: Checkpoint, url: str, intact: Callable[[pathlib.Path], bool]) -> pathlib.Path:
    """Bring the file at an address into the cache: beside its place, compared with its digest, then moved there.

    Of several processes one fetches and the others wait and take what it brought. A damaged file in the place is set
    aside as ``<name>.damaged``. What is placed has the rights that any new file of this user has.

    Args:
        checkpoint: Whose file it is.
        url: An address.
        intact: Says whether the file at a path is the released one.

    Returns:
        The place in the cache.

    Raises:
        DownloadError: The address does not give it.
        CacheError: The cache cannot be written.
        ValueError: What came is another file, twice, or the address is not one that is asked.
    """
    import pooch

    pooch.get_logger().setLevel("WARNING")  # how far it is, is shown here
    target, name, digest = cache.place(checkpoint), checkpoint.file.name, checkpoint.file.digest
    addresses.check(url)
    with _writable(), _alone(checkpoint):
        target.parent.mkdir(parents=True, exist_ok=True)
        if intact(target):
            return target
        with files.staged(target.parent) as folder, progress.shown(name, checkpoint.file.bytes) as report:
            fetcher = pooch.create(
                path=folder,
                base_url="",
                registry={name: f"{digest.algorithm}:{digest.value}"},
                urls={name: url},
                retry_if_failed=1,
            )
            fetched = pathlib.Path(fetcher.fetch(name, downloader=functools.partial(_by_download, checkpoint, report)))
            _with_usual_rights(fetched)
            _set_aside(target)
            fetched.replace(target)
    return target


def limits(checkpoint: Checkpoint) -> download.Limits:
    """When the download of its file is ended."""
    return download.Limits(size=checkpoint.file.bytes)


def _by_download(checkpoint, report, url, output, fetcher):
    download.download(url, pathlib.Path(output), limits(checkpoint), report)


@contextlib.contextmanager
def _writable() -> Iterator[None]:
    """Errors of the disk name the cache."""
    try:
        yield
    except download.DownloadError:
        raise
    except OSError as error:
        raise CacheError(
            f"the cache {cache.home()} cannot be written ({error.strerror or error}); name another folder in ZOO_HOME"
        ) from error


@contextlib.contextmanager
def _alone(checkpoint) -> Iterator[None]:
    cache.lock(checkpoint).parent.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(filelock.Timeout):
            stack.enter_context(files.locked(cache.lock(checkpoint), wait=WAIT))
        yield


def _with_usual_rights(path):
    """The temporary file is its owner's alone; one that is made as any other shows what the user's files may be."""
    usual = path.with_name("usual")
    usual.touch()
    path.chmod(usual.stat().st_mode)


def _set_aside(path):
    if not os.path.lexists(path):
        return
    aside = path.with_name(f"{path.name}.damaged")
    if aside.is_dir() and not aside.is_symlink():
        shutil.rmtree(aside)
    path.replace(aside)
