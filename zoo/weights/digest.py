"""A file by its name, size and checksum."""

import dataclasses
import hashlib
import re

from zoo import _check

DIGITS = {"sha256": 64, "sha1": 40, "md5": 32}
"""Algorithms of checksums and how many hexadecimal digits theirs have."""
FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
"""A bare file name: nothing that leads out of a folder."""


@dataclasses.dataclass(frozen=True)
class Digest:
    """The checksum of a file.

    Attributes:
        algorithm: ``"sha256"``; of files of others also ``"sha1"`` or ``"md5"``, where nothing else is published.
        value: Its hexadecimal digits.

    Raises ``ValueError`` for another algorithm or another number of digits.
    """

    algorithm: str
    value: str

    def __post_init__(self) -> None:
        _check.known(self.algorithm, DIGITS, "algorithm of checksums")
        if not re.fullmatch(f"[0-9a-f]{{{DIGITS[self.algorithm]}}}", str(self.value)):
            expected = f"{DIGITS[self.algorithm]} hexadecimal digits of {self.algorithm}"
            raise ValueError(f"Expected {expected}. Received: {self.value!r}.")

    @classmethod
    def of(cls, algorithm: str, content: bytes) -> "Digest":
        """The checksum of a content."""
        return cls(algorithm, hashlib.new(algorithm, content, usedforsecurity=False).hexdigest())


@dataclasses.dataclass(frozen=True)
class File:
    """A released file.

    Attributes:
        name: Its bare name: ``<NAME>-<first 8 digits of its SHA-256>.safetensors``, or what others have called it.
        bytes: Its size; ``None`` where others have not published it.
        digest: Its checksum, compared before every load.
        urls: Where it can be downloaded, in the order in which they are tried. A ``.zip`` holds the file under its
            name and nothing else; the checksum is that of the file.

    Raises ``ValueError`` for a name that could lead out of a folder.
    """

    name: str
    bytes: int | None
    digest: Digest
    urls: tuple[str, ...] = ()

    @property
    def size(self) -> str:
        """Its size in words."""
        return "size not published" if self.bytes is None else f"{self.bytes:,} bytes"

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not FILE_NAME.fullmatch(self.name):
            raise ValueError(f"The file of a checkpoint must be a bare file name. Received: {self.name!r}.")
        if self.bytes is not None:
            _check.integer(self.bytes, "bytes")
        if not all(isinstance(url, str) for url in self.urls):
            raise ValueError(f"The addresses of a file must be strings. Received: urls={self.urls!r}.")
