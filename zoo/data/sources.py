"""Pictures with classes that stay where they are until they are used: in folders, or in a TensorFlow data set."""

import contextlib
import dataclasses
import os
import pathlib
from collections.abc import Iterator
from typing import Any, Protocol

from PIL import Image

from zoo.data import decoding, folder_names, folders
from zoo.data.datasets import IMAGENET


class Pictures(Protocol):
    """Pictures by their number, and their classes."""

    def __len__(self) -> int:
        """How many there are."""

    def opened(self, row: int) -> contextlib.AbstractContextManager[tuple[Image.Image, int]]:
        """The decoded picture and its class number; ``ValueError`` says why there is no picture."""

    def name(self, row: int) -> str:
        """What a message calls the picture."""


class Folder:
    """The pictures of a folder with one folder for each class.

    Args:
        path: The folder.
        labels: The names of the classes; see ``zoo.data.folder_names.numbers`` for those of their folders.

    Raises ``ValueError`` for no folders or one that is no class.
    """

    def __init__(self, path: str | os.PathLike[str], labels: tuple[str, ...]) -> None:
        self.files = folders.listed(path, folder_names.numbers(labels))

    def __len__(self) -> int:
        return len(self.files)

    @contextlib.contextmanager
    def opened(self, row: int) -> Iterator[tuple[Image.Image, int]]:
        """The decoded picture and its class number; ``ValueError`` says why there is no picture."""
        file, number = self.files[row]
        with decoding.opened(file) as picture:
            yield picture, number

    def name(self, row: int) -> str:
        """The path."""
        return str(self.files[row][0])


@dataclasses.dataclass(frozen=True)
class OnDisk:
    """A data set that does not fit into memory.

    Attributes:
        name: ``"imagenet"``.
        shape: Height, width and channels at which it is trained.
        classes: Class names by number.
        train: The pictures to train on.
        test: Those to measure on; ``None`` if there are none.
    """

    name: str
    shape: tuple[int, int, int]
    classes: tuple[str, ...]
    train: Pictures
    test: Pictures | None


def imagenet(path: str | os.PathLike[str] | None, size: int = 224, **options: Any) -> OnDisk:
    """ImageNet from a folder, or from ``tensorflow-datasets``.

    Args:
        path: A folder that holds ``train`` and ``val``, each with one folder of pictures for each class, named by its
            WordNet number or label; without ``val`` there are no test pictures. Or ``"tfds:imagenet2012"``, which must
            have been prepared.
        size: Pixels of a side at which it is trained. Defaults to ``224``.
        **options: Of ``tfds.data_source``, such as ``data_dir``.

    Raises:
        ValueError: There is no ``train`` in the folder, or a folder in it that is no class.
        ImportError: ``tensorflow-datasets`` is asked for and not installed.
    """
    shape, labels = (size, size, 3), IMAGENET.labels
    if str(path).startswith("tfds:"):
        from zoo.data.tensorflow_datasets import Prepared

        name = str(path).removeprefix("tfds:")
        train, test = (Prepared(name, split, labels, **options) for split in ("train", "validation"))
        return OnDisk(IMAGENET.name, shape, labels, train, test)
    folder = None if path is None else pathlib.Path(path).expanduser()
    if folder is None or not (folder / "train").is_dir():
        raise ValueError(
            f"There is no folder {'of ImageNet' if folder is None else folder / 'train'}. Expected (--data) a folder "
            "with train and val, each with one folder of pictures for each class, or tfds:imagenet2012."
        )
    held = Folder(folder / "val", labels) if (folder / "val").is_dir() else None
    return OnDisk(IMAGENET.name, shape, labels, Folder(folder / "train", labels), held)
