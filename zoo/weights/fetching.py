"""Bring a released file into the cache, from a mirror or from the addresses of the manifest."""

import functools
import os
import pathlib
import urllib.parse
from collections.abc import Callable

from zoo.data import files
from zoo.weights import addresses, cache, download, formats, progress
from zoo.weights.checkpoint import Checkpoint


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
    with cache.writable(), cache.alone(name):
        target.parent.mkdir(parents=True, exist_ok=True)
        if intact(target):
            return target
        with files.staged(target.parent) as folder, progress.shown(name, checkpoint.largest) as report:
            fetcher = pooch.create(
                path=folder,
                base_url="",
                registry={name: f"{digest.algorithm}:{digest.value}"},
                urls={name: url},
                retry_if_failed=1,
            )
            fetched = pathlib.Path(fetcher.fetch(name, downloader=functools.partial(_by_download, checkpoint, report)))
            cache.share(fetched)
            cache.set_aside(target)
            fetched.replace(target)
    return target


def limits(checkpoint: Checkpoint) -> download.Limits:
    """When the download of its file is ended."""
    return download.Limits(size=checkpoint.largest)


def _by_download(checkpoint, report, url, output, fetcher):
    """Pooch compares what this writes with the checksum: of an archive it is the file inside."""
    path, name = pathlib.Path(output), checkpoint.file.name
    download.download(url, path, limits(checkpoint), report)
    if urllib.parse.urlsplit(url).path.endswith(".zip") and not name.endswith(".zip"):
        archive = files.content(path)
        path.write_bytes(formats.unzipped(archive, addresses.shown(url), checkpoint.largest, name))
