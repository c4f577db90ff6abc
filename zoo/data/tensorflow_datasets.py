"""Data sets that ``tensorflow-datasets`` has prepared, by the number of the picture."""

import contextlib
import io
import threading
from collections.abc import Iterator
from typing import Any

from PIL import Image

from zoo.data import decoding, imagenet


class Prepared:
    """A split of ImageNet as ``tensorflow-datasets`` has prepared it (``download_and_prepare``, file format
    ``array_record``, which has random access).

    Args:
        name: ``"imagenet2012"``, or another builder with its classes.
        split: ``"train"`` or ``"validation"``.
        labels: The names of the classes, in the order of ImageNet's WordNet numbers.
        **options: Of ``tfds.data_source``, such as ``data_dir``.

    Raises:
        ImportError: ``tensorflow-datasets`` is not installed.
        ValueError: The builder has other classes.
    """

    def __init__(self, name: str, split: str, labels: tuple[str, ...], **options: Any) -> None:
        try:
            import tensorflow_datasets as tfds
        except ImportError:
            raise ImportError("tfds: needs tensorflow-datasets: pip install 'odezoo[tfds]'.") from None
        if tuple(tfds.builder(name, **options).info.features["label"].names) != imagenet.wnids():
            raise ValueError(f"tfds:{name} has other classes. Expected those of imagenet2012, {len(labels)} in all.")
        decoders = {"image": tfds.decode.SkipDecoding()}
        self._rows = tfds.data_source(name, split=split, decoders=decoders, **options)
        self._title, self._lock = f"tfds:{name}/{split}", threading.Lock()

    def __len__(self) -> int:
        return len(self._rows)

    @contextlib.contextmanager
    def opened(self, row: int) -> Iterator[tuple[Image.Image, int]]:
        """The decoded picture and its class number; ``ValueError`` says why there is no picture."""
        with self._lock:  # reading a record is quick beside decoding it
            record = self._rows[row]
        with decoding.opened(io.BytesIO(record["image"])) as picture:
            yield picture, int(record["label"])

    def name(self, row: int) -> str:
        """Data set, split and number."""
        return f"{self._title}, picture {row}"
