"""Pictures with classes that an export is measured on, as the bytes of files that its graph reads."""

import dataclasses
import os
import pathlib
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from zoo.analysis import accuracy
from zoo.data import encoding, folder_names, folders
from zoo.serving import evaluate

Source = tuple[np.ndarray, np.ndarray] | str | os.PathLike
"""Raw pictures and their class numbers; or a folder with one folder of pictures for each class; or an ``.npz`` file."""


@dataclasses.dataclass(frozen=True)
class Labelled:
    """Pictures by their number, and their classes.

    Attributes:
        read: The bytes of the picture of a number, as a client sends them; ``ValueError`` for one that cannot be read.
        classes: The class numbers, ``(n,)``.
    """

    read: Callable[[int], bytes]
    classes: np.ndarray


def labelled(model: keras.Model, labels: tuple[str, ...], source: Any) -> Labelled:
    """The pictures of a source.

    Args:
        model: Whose data set an ``.npz`` file is of.
        labels: Of the classes, for the names of the folders; see ``zoo.data.folder_names.numbers``.
        source: See ``Source``. Raw pictures are of any one size, grey or RGB.

    Raises ``ValueError`` if there is not one class number for each picture, the pictures are not whole numbers from 0
    to 255, a folder is no class, or the file is not that of the model's data set.
    """
    if isinstance(source, str | os.PathLike):
        path = pathlib.Path(source).expanduser()
        if path.is_dir():
            files = folders.listed(path, folder_names.numbers(labels))
            return Labelled(lambda row: encoding.of_file(files[row][0]), np.array([number for _, number in files]))
        source = evaluate.test_set(model, path)
    images = np.asarray(source[0])
    classes = accuracy.class_numbers(source[1], len(images))
    for image in images[:1]:
        encoding.of_array(image)  # raises for what is no picture before anything is written
    return Labelled(lambda row: encoding.of_array(images[row]), classes)
