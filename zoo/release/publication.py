"""What is written down of a file that others published."""

import dataclasses

from zoo.weights import Digest


@dataclasses.dataclass(frozen=True)
class Published:
    """A file of others, and the application that it is for.

    Attributes:
        name: NAME: ``<variant>-<tag>``.
        file: Its name here.
        digest: Its published checksum.
        layout: A name of ``zoo.weights.convert.LAYOUTS``.
        size: Pixels at which the figures were measured.
        figures: The reported accuracies in %: top-1 and, of ImageNet, top-5.
        urls: Where it lies.
        source: The page that says so.
        licence: SPDX identifier.
    """

    name: str
    file: str
    digest: Digest
    layout: str
    size: int
    figures: tuple[float, ...]
    urls: tuple[str, ...]
    source: str = "https://keras.io/api/applications/"
    licence: str = "MIT"
