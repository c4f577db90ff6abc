"""Fetch a preset that lies elsewhere into the cache, check it, and remember what it was."""

import pathlib
import shutil

from zoo.data import files
from zoo.data.environment import offline
from zoo.weights import addresses, cache, sums
from zoo.weights.remote import pins
from zoo.weights.remote.bringing import PARTS, bring
from zoo.weights.remote.hub import Hub
from zoo.weights.remote.places import origin, place, split
from zoo.weights.store import WeightsError


def fetch(location: str) -> pathlib.Path:
    """A folder of the cache with the preset that lies at a location.

    The files are compared with the ``SHA256SUMS`` beside them, which proves that they arrived whole, not who made them.
    Of the first time the digest of that list is kept: later the preset must be the same, and what is in the cache is
    used without asking. On the Hub the commit is kept, too, and a repository may do without the list.

    Args:
        location: ``https://…``, ``hf://user/repo[@revision]`` or ``s3://bucket/folder``; ``#sha256=…`` says what the
            digest of the list must be.

    Raises:
        ValueError: It is not a location that is asked, or what came is not what was pinned.
        WeightsError: It cannot be had.
        CacheError: The cache cannot be written.
    """
    address, asked = split(location)
    source, target = origin(address), place(address)
    shown = addresses.shown(address)
    if _here(address, asked):
        return target
    if offline() and not isinstance(source, Hub):
        raise WeightsError(f"{shown} is not in the cache, and ZOO_OFFLINE is set: unset it to fetch the preset.")
    with cache.writable(), cache.alone(pins.key(address)):
        if _here(address, asked):  # another process has brought it
            return target
        pin = pins.read(address)
        expected = asked or (pin.sha256 if pin else None)
        if isinstance(source, Hub) and pin and expected == pin.sha256:
            source = origin(address, pin.revision)
        target.parent.mkdir(parents=True, exist_ok=True)
        with files.staged(target.parent) as stage:
            folder = stage / target.name
            folder.mkdir()
            try:
                bring(source, folder)
            except (ValueError, OSError) as error:
                if isinstance(error, OSError) and error.errno is not None:  # of the disk
                    raise
                raise WeightsError(f"No preset could be had from {shown}: {str(error).rstrip('.')}.") from None
            compare(folder, expected, shown, pins.path(address))
            cache.set_aside(target)
            folder.replace(target)
        pins.write(pins.Pin(shown, sums.digest(target), source.revision), address)
    return target


def _here(address: str, asked: str | None) -> bool:
    """Whether the copy in the cache is whole, and what is asked for or was pinned."""
    pin = pins.read(address)
    expected = asked or (pin.sha256 if pin else None)
    return expected is not None and not problems(place(address), expected)


def forget(location: str) -> list[pathlib.Path]:
    """Remove the copy of a preset and its pin, so that it is fetched anew; returns what was removed."""
    address, _ = split(location)
    found = [path for path in (place(address).parent, pins.path(address)) if path.exists()]
    for path in found:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return found


def copies() -> list[pathlib.Path]:
    """The presets in the cache."""
    found = (cache.home() / "presets").glob("*/*")
    return sorted(path for path in found if not path.name.startswith(".") and path.suffix != ".damaged")


def problems(folder: pathlib.Path, expected: str | None = None) -> str:
    """What is wrong with a copy in the cache, empty if nothing is."""
    try:
        listed = sums.read(folder)
        if expected and sums.digest(folder) != expected:
            return f"{folder / sums.NAME} is not the list that was pinned"
        for name in PARTS:
            if name in listed:
                sums.check(folder / name, files.content(folder / name), listed)
    except FileNotFoundError as error:
        return f"{error.filename}: no such file"
    except (OSError, ValueError) as error:
        return str(error)
    return ""


def compare(folder: pathlib.Path, expected: str | None, shown: str, pin: pathlib.Path | None = None) -> None:
    """Raise ``ValueError`` unless the list of a preset has the digest that is expected, if one is."""
    found = sums.digest(folder)
    if expected and found != expected:
        advice = f" If that is as it should be, remove {pin} (zoo weights forget)." if pin and pin.exists() else ""
        raise ValueError(
            f"The preset at {shown} is another one than was pinned. Expected: {sums.NAME} of sha256 {expected}. "
            f"Received: {found}.{advice}"
        )
