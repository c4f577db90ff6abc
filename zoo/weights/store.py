"""Find a released file, prove that it is the released one, and fetch it if it is not at hand.

Order: the cache, the copy in the wheel, the one in a checkout, then the URLs. A file is loaded only
after its checksum has been compared with the manifest's, wherever it came from. Of files of others, whose published
checksum may be a weak one, size and SHA-256 are written down when they are first had, and compared from then on.
"""

import hashlib
import os
import pathlib
from collections.abc import Iterator

from zoo.data import files
from zoo.data.environment import offline
from zoo.weights import addresses, cache, fetching, receipts, reports
from zoo.weights.checkpoint import Checkpoint, Digest
from zoo.weights.manifest import get

PACKAGE = pathlib.Path(__file__).resolve().parent


class WeightsError(OSError):
    """No intact copy of a released file could be had; the message lists what was tried."""


def fetch(name: str) -> pathlib.Path:
    """Leave a verified copy of the released file in the cache and return its path.

    Args:
        name: NAME of a released checkpoint (see ``zoo.weights.available``).

    Returns:
        ``$ZOO_HOME/weights/<file>``.

    Raises:
        ValueError: No such NAME.
        WeightsError: No intact copy could be had.
    """
    return _obtain(get(name), copy=True)


def locate(checkpoint: Checkpoint, download: bool = True) -> pathlib.Path:
    """The path of a verified copy, in the cache or where it was installed; downloaded if need be and allowed.

    Raises ``WeightsError`` if no intact copy could be had.
    """
    return _obtain(checkpoint, download=download)


def sha256(path: str | os.PathLike) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with files.opened(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def copies(checkpoint: Checkpoint) -> Iterator[tuple[pathlib.Path, str]]:
    """Every copy at hand, in the order in which they are tried, with what is wrong with it; empty if it is intact."""
    for path in _places(checkpoint):
        problems: list[str] = []
        if _checked(path, checkpoint, problems) is not None or problems:
            yield path, "; ".join(problems)


def read(checkpoint: Checkpoint) -> bytes:
    """The content of the released file, verified: what is hashed is what is returned.

    Raises ``WeightsError`` if no intact copy could be had.
    """
    problems: list[str] = []
    for path in _places(checkpoint):
        content = _checked(path, checkpoint, problems)
        if content is not None:
            return content
    content = _checked(_downloaded(checkpoint, problems), checkpoint, problems)
    if content is None:
        raise WeightsError(reports.report(checkpoint, problems))
    return content


def _places(checkpoint):
    """Where a file may be without a network: the cache, the wheel, a checkout."""
    name = checkpoint.file.name
    return (cache.place(checkpoint), PACKAGE / "files" / name, PACKAGE.parents[1] / "weights" / name)


def _checked(path, checkpoint, problems) -> bytes | None:
    """The content of the file if it is the released one; what is wrong with it is added to the problems."""
    expected, size = receipts.known(checkpoint.file)
    try:
        content = files.content(path, size, most=checkpoint.largest)
    except FileNotFoundError:
        return None
    except OSError as error:
        problems.append(f"{path}: {error.strerror or error}")
        return None
    except ValueError as error:  # of another size, or a pipe
        problems.append(str(error))
        return None
    got = Digest.of(expected.algorithm, content)
    if got != expected:
        problems.append(f"{path}: expected {expected.algorithm} {expected.value}, got {got.value}")
        return None
    if (expected.algorithm, size) != ("sha256", len(content)):
        receipts.keep(checkpoint.file, content)
    return content


def _obtain(checkpoint, copy=False, download=True):
    problems: list[str] = []
    for path in _places(checkpoint):
        if _checked(path, checkpoint, problems) is not None:
            return _fetched(checkpoint, path.as_uri()) if copy and path != cache.place(checkpoint) else path
    if not download:
        raise WeightsError(reports.report(checkpoint, problems))
    return _downloaded(checkpoint, problems)


def _downloaded(checkpoint, problems):
    """The path of a copy from the first address that gives one; raises ``WeightsError`` if none does."""
    for url in () if offline() else fetching.urls(checkpoint):
        try:
            return _fetched(checkpoint, url)
        except (ValueError, OSError) as error:  # another file, or what downloads and files raise
            problems.append(f"{addresses.shown(url)}: {reports.words(error)}")
    raise WeightsError(reports.report(checkpoint, problems))


def _fetched(checkpoint, url):
    path = fetching.fetch(checkpoint, url, lambda path: _checked(path, checkpoint, []) is not None)
    if checkpoint.file.bytes is None:
        _checked(path, checkpoint, [])  # it is written down what came
    return path
