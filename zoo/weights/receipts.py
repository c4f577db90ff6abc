"""What a file of others was when it was first had: of those whose published checksum is a weak or short one."""

import json
import pathlib

from zoo.data import files
from zoo.weights import cache
from zoo.weights.checkpoint import Digest, File


def path(file: File) -> pathlib.Path:
    """Where the receipt of a file is kept."""
    return cache.home() / "receipts" / f"{file.name}.json"


def known(file: File) -> tuple[Digest, int | None]:
    """The checksum and the size that a file must have: those of the receipt if there is one, else the published."""
    if file.digest.algorithm == "sha256" and file.bytes is not None:
        return file.digest, file.bytes
    try:
        row = json.loads(files.content(path(file)))
        if row["published"] == _published(file):
            return Digest("sha256", str(row["sha256"])), int(row["bytes"])
    except (OSError, ValueError, KeyError, TypeError):  # there is none, or none that can be read
        pass
    return file.digest, file.bytes


def keep(file: File, content: bytes) -> None:
    """Write down what the content of a file is, once it has had the published checksum.

    Where nothing can be written, nothing is: the published checksum is compared then.
    """
    row = {"published": _published(file), "sha256": Digest.of("sha256", content).value, "bytes": len(content)}
    try:
        path(file).parent.mkdir(parents=True, exist_ok=True)
        files.write(path(file), (json.dumps(row, indent=1) + "\n").encode())
    except OSError:
        pass


def _published(file):
    return f"{file.digest.algorithm}:{file.digest.value}"
