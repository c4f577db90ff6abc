"""A preset on a web server: the folder at an address."""

import dataclasses
import pathlib
from collections.abc import Callable

from zoo.weights import addresses, download
from zoo.weights.remote.origin import Missing


@dataclasses.dataclass(frozen=True)
class Web:
    """The folder at an ``https://`` address, or at an ``http://`` one of this machine."""

    url: str
    revision = ""

    def __post_init__(self) -> None:
        addresses.check(self.url)

    def get(self, name: str, output: pathlib.Path, most: int, report: Callable[[int], object]) -> None:
        """As ``Origin.get`` says."""
        try:
            download.download(addresses.below(self.url, name), output, limits(most), report)
        except download.NotFoundError as error:
            raise Missing(str(error)) from None


def limits(most: int) -> download.Limits:
    """When the download of a file is ended."""
    return download.Limits(size=most)
