"""Where presets lie elsewhere, and where their copies lie in the cache."""

import pathlib
import re

from zoo.weights import addresses, cache
from zoo.weights.remote import pins
from zoo.weights.remote.bucket import Bucket
from zoo.weights.remote.hub import Hub
from zoo.weights.remote.origin import Origin
from zoo.weights.remote.web import Web

DIGEST = re.compile(r"sha256=([0-9a-f]{64})")


def split(location: str) -> tuple[str, str | None]:
    """The address, and the digest of ``#sha256=…`` if there is one; raises ``ValueError`` for another fragment."""
    address, _, fragment = location.partition("#")
    match = DIGEST.fullmatch(fragment)
    if fragment and match is None:
        raise ValueError(f"Expected #sha256= and 64 hexadecimal digits behind {address}. Received: #{fragment}.")
    return address if address.endswith("://") else address.rstrip("/"), match[1] if match else None


def origin(address: str, commit: str = "") -> Origin:
    """Where a preset is asked for; raises ``ValueError`` for an address that is not asked."""
    if address.endswith(".keras") and not address.startswith("file://"):
        raise ValueError(
            f"{addresses.shown(address)} is not loaded: a .keras file is read from this machine only. Expected a "
            "preset, which is data alone. If you trust the file, download it and give its path."
        )
    if address.startswith("hf://"):
        return Hub(address, commit)
    return Bucket(address) if address.startswith("s3://") else Web(address)


def place(address: str) -> pathlib.Path:
    """The folder in the cache for the preset at an address."""
    tail = re.sub(r"[^\w.-]", "_", addresses.shown(address).split("?")[0].rpartition("/")[2]).lstrip(".")
    return cache.home() / "presets" / pins.key(address) / (tail or "preset")
