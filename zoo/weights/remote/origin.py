"""What every place has in common where a preset may lie."""

import pathlib
from collections.abc import Callable
from typing import Protocol


class Missing(OSError):
    """There is no file of that name."""


class Origin(Protocol):
    """A place where a preset lies; the files are asked for one by one."""

    def get(self, name: str, output: pathlib.Path, most: int, report: Callable[[int], object]) -> None:
        """Write a file of the preset.

        Args:
            name: Of the file.
            output: Where to write.
            most: Bytes; a larger file is not brought.
            report: Called with the bytes that are there, now and then.

        Raises ``Missing`` if there is none of that name, ``OSError`` or ``ValueError`` if it cannot be had.
        """

    @property
    def revision(self) -> str:
        """The commit that the files are of, once one of them was brought; empty where there are no commits."""
