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

import pooch

from zoo.data.environment import offline
from zoo.weights.checkpoint import Checkpoint, get

pooch.get_logger().setLevel("WARNING")  # what it fetches is reported by whoever asked

PACKAGE = pathlib.Path(__file__).resolve().parent


class WeightsError(OSError):
    """No intact copy of a released file could be had; the message lists what was tried."""


def home() -> pathlib.Path:
    """The cache: ``$ZOO_HOME``, or ``~/.cache/zoo``."""
    return pathlib.Path(os.environ.get("ZOO_HOME") or "~/.cache/zoo").expanduser()


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


def sha256(path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _obtain(checkpoint, copy=False, download=True):
    cached = home() / "weights" / checkpoint.file
    problems = []
    for path in (cached, PACKAGE / "files" / checkpoint.file, PACKAGE.parents[1] / "weights" / checkpoint.file):
        problem = _problem(path, checkpoint)
        if problem is None:
            return _retrieve(checkpoint, path.as_uri()) if copy and path != cached else path
        problems += [problem] if problem else []
    for url in _urls(checkpoint) if download and not offline() else ():
        try:
            return _retrieve(checkpoint, url)
        except (ValueError, OSError) as error:  # a wrong hash, or what requests and files raise
            problems.append(f"{url}: {error}")
    raise WeightsError(_report(checkpoint, problems, cached))


def _problem(path, checkpoint) -> str | None:
    """What is wrong with the file; empty if there is none, ``None`` if it is the released one."""
    try:
        got = sha256(path)
    except FileNotFoundError:
        return ""
    except OSError as error:
        return f"{path}: {error.strerror}"
    expected = checkpoint.digest.value
    return None if got == expected else f"{path}: expected sha256 {expected}, got {got}"


def _urls(checkpoint):
    mirror = os.environ.get("ZOO_WEIGHTS_URL")
    return ([f"{mirror.rstrip('/')}/{checkpoint.file}"] if mirror else []) + list(checkpoint.urls)


def _retrieve(checkpoint, url):
    """Bring a file into the cache: into a temporary file there, verified, then moved (pooch)."""
    fetcher = pooch.create(
        path=home() / "weights",
        base_url="",
        registry={checkpoint.file: f"{checkpoint.digest.algorithm}:{checkpoint.digest.value}"},
        urls={checkpoint.file: url},
        retry_if_failed=1,
    )
    local = urllib.parse.urlsplit(url).scheme == "file"
    downloader = _copy if local else pooch.HTTPDownloader(timeout=30)
    return pathlib.Path(fetcher.fetch(checkpoint.file, downloader=downloader))


def _copy(url, output, fetcher):
    shutil.copyfile(urllib.request.url2pathname(urllib.parse.urlsplit(url).path), output)


def _report(checkpoint, problems, cached):
    tried = "; ".join(problems) or f"{cached}: no such file"
    if offline():
        advice = "ZOO_OFFLINE is set, so nothing was downloaded: unset it, or put the file there by hand."
    elif not _urls(checkpoint):
        advice = "No download address is known: set ZOO_WEIGHTS_URL to a mirror, or reinstall the package."
    else:
        advice = "Check the network and ZOO_WEIGHTS_URL, or put the file there by hand."
    return f"No intact copy of {checkpoint.name} (sha256 {checkpoint.digest.value}). Tried: {tried}. {advice}"
