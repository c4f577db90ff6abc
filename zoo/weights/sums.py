"""``SHA256SUMS``: the digests of the files of a folder, as ``sha256sum --check`` reads them."""

import hashlib
import pathlib
import re
from collections.abc import Mapping

from zoo.data import files

NAME = "SHA256SUMS"
LARGEST = 1_000_000
"""Bytes of the largest list that is read."""
LINE = re.compile(r"([0-9a-f]{64}) [ *](.+)")


def write(folder: pathlib.Path, elsewhere: Mapping[str, str] | None = None) -> None:
    """Write the list of all files in a folder and below; hidden ones are left out.

    Args:
        folder: Where.
        elsewhere: Digests by name of further files, which are not here. Defaults to none.
    """
    found = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != NAME)
    names = [path.relative_to(folder) for path in found]
    here = {
        name.as_posix(): hashlib.sha256(files.content(folder / name)).hexdigest()
        for name in names
        if not any(part.startswith(".") for part in name.parts)
    }
    listed = {**(elsewhere or {}), **here}
    files.write(folder / NAME, "".join(f"{listed[name]}  {name}\n" for name in sorted(listed)).encode())


def read(folder: pathlib.Path) -> dict[str, str]:
    """Digests by name; raises ``ValueError`` if the file is no such list, ``OSError`` if it cannot be read."""
    path = folder / NAME
    content = files.content(path, most=LARGEST)
    listed = {}
    for line in content.decode("utf-8", "replace").splitlines():
        match = LINE.fullmatch(line)
        if match is None:
            raise ValueError(f"{path} is no list of digests. Received: {line[:80]!r}.")
        listed[match[2]] = match[1]
    return listed


def digest(folder: pathlib.Path) -> str:
    """The SHA-256 of the list itself, which stands for the whole folder; raises ``OSError`` if there is none."""
    return hashlib.sha256(files.content(folder / NAME, most=LARGEST)).hexdigest()


def check(path: pathlib.Path, content: bytes, listed: dict[str, str]) -> None:
    """Raise ``ValueError`` unless the content of a file in the folder has the digest that is listed for its name."""
    found, expected = hashlib.sha256(content).hexdigest(), listed.get(path.name)
    if found != expected:
        raise ValueError(
            f"{path} is not the file that {NAME} beside it lists. Expected: sha256 {expected or '(none listed)'}. "
            f"Received: {found}. Get the folder anew; if you changed it yourself, remove {NAME}."
        )
