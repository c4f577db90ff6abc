"""What a preset was when it was first fetched: it is the same later, or an error says that it is another."""

import dataclasses
import hashlib
import json
import pathlib

from zoo.data import files
from zoo.weights import addresses, cache


@dataclasses.dataclass(frozen=True)
class Pin:
    """What was seen at an address.

    Attributes:
        address: Without user, password and query.
        sha256: The digest of the ``SHA256SUMS`` of the preset.
        revision: The commit, where the host has commits.
    """

    address: str
    sha256: str
    revision: str = ""


def key(address: str) -> str:
    """A name for an address that any file system takes."""
    return hashlib.sha256(addresses.shown(address).encode()).hexdigest()[:16]


def path(address: str) -> pathlib.Path:
    """Where the pin of an address is kept."""
    return cache.home() / "pins" / f"{key(address)}.json"


def read(address: str) -> Pin | None:
    """What was seen there before; ``None`` if nothing was. Raises ``ValueError`` if the file is no pin."""
    try:
        return Pin(**json.loads(files.content(path(address))))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise ValueError(f"{path(address)} is not readable ({error}). Remove it to fetch the preset anew.") from None


def write(pin: Pin, address: str) -> None:
    """Keep what was seen; raises ``OSError`` if it cannot be written."""
    path(address).parent.mkdir(parents=True, exist_ok=True)
    files.write(path(address), (json.dumps(dataclasses.asdict(pin), indent=1) + "\n").encode())
