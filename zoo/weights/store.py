"""Find a released file, prove that it is the released one, and fetch it if it is not at hand.

Order: the cache, the copy in the wheel, the one in a checkout, then the URLs. A file is loaded only
after its SHA-256 has been compared with the manifest's, wherever it came from.
"""

import hashlib
import os
import pathlib
import shutil
import urllib.parse
import urllib.request
from collections.abc import Iterator

from zoo.data import environment, files
from zoo.data.environment import offline
from zoo.weights.checkpoint import Checkpoint
from zoo.weights.manifest import get

PACKAGE = pathlib.Path(__file__).resolve().parent


class WeightsError(OSError):
    """No intact copy of a released file could be had; the message lists what was tried."""


def home() -> pathlib.Path:
    """The cache: ``$ZOO_HOME``, or ``~/.cache/zoo``; in the folder for temporary files where the user has no home."""
    return environment.cache()


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
        raise WeightsError(_report(checkpoint, problems))
    return content


def _places(checkpoint):
    """Where a file may be without a network: the cache, the wheel, a checkout."""
    name = checkpoint.file.name
    return (cached(checkpoint), PACKAGE / "files" / name, PACKAGE.parents[1] / "weights" / name)


def cached(checkpoint: Checkpoint) -> pathlib.Path:
    """The place of a file in the cache."""
    return home() / "weights" / checkpoint.file.name


def _checked(path, checkpoint, problems) -> bytes | None:
    """The content of the file if it is the released one; what is wrong with it is added to the problems."""
    try:
        content = files.content(path, checkpoint.file.bytes)
    except FileNotFoundError:
        return None
    except OSError as error:
        problems.append(f"{path}: {error.strerror or error}")
        return None
    except ValueError as error:  # of another size, or a pipe
        problems.append(str(error))
        return None
    got, expected = hashlib.sha256(content).hexdigest(), checkpoint.file.digest.value
    if got == expected:
        return content
    problems.append(f"{path}: expected sha256 {expected}, got {got}")
    return None


def _obtain(checkpoint, copy=False, download=True):
    problems: list[str] = []
    for path in _places(checkpoint):
        if _checked(path, checkpoint, problems) is not None:
            return _retrieve(checkpoint, path.as_uri()) if copy and path != cached(checkpoint) else path
    if not download:
        raise WeightsError(_report(checkpoint, problems))
    return _downloaded(checkpoint, problems)


def _downloaded(checkpoint, problems):
    """The path of a copy from the first address that gives one; raises ``WeightsError`` if none does."""
    for url in () if offline() else _urls(checkpoint):
        try:
            return _retrieve(checkpoint, url)
        except (ValueError, OSError) as error:  # a wrong hash, or what requests and files raise
            problems.append(f"{url}: {error}")
    raise WeightsError(_report(checkpoint, problems))


def _urls(checkpoint):
    mirror = os.environ.get("ZOO_WEIGHTS_URL")
    return ([f"{mirror.rstrip('/')}/{checkpoint.file.name}"] if mirror else []) + list(checkpoint.file.urls)


def _retrieve(checkpoint, url):
    """Bring a file into the cache: into a temporary file there, verified, then moved (pooch)."""
    import pooch

    pooch.get_logger().setLevel("WARNING")  # what it fetches is reported by whoever asked
    name, digest = checkpoint.file.name, checkpoint.file.digest
    target = cached(checkpoint)
    target.parent.mkdir(parents=True, exist_ok=True)
    local = urllib.parse.urlsplit(url).scheme == "file"
    with files.staged(target.parent) as folder:
        fetcher = pooch.create(
            path=folder,
            base_url="",
            registry={name: f"{digest.algorithm}:{digest.value}"},
            urls={name: url},
            retry_if_failed=1,
        )
        fetched = fetcher.fetch(name, downloader=_copy if local else pooch.HTTPDownloader(timeout=30))
        pathlib.Path(fetched).replace(target)
    return target


def _copy(url, output, fetcher):
    shutil.copyfile(urllib.request.url2pathname(urllib.parse.urlsplit(url).path), output)


def _report(checkpoint, problems):
    tried = "; ".join(problems) or f"{cached(checkpoint)}: no such file"
    if offline():
        advice = "ZOO_OFFLINE is set, so nothing was downloaded: unset it, or put the file there by hand."
    elif not _urls(checkpoint):
        advice = "No download address is known: set ZOO_WEIGHTS_URL to a mirror, or reinstall the package."
    else:
        advice = "Check the network and ZOO_WEIGHTS_URL, or put the file there by hand."
    return f"No intact copy of {checkpoint.name} (sha256 {checkpoint.file.digest.value}). Tried: {tried}. {advice}"
