"""Pictures in folders, one folder for each class."""

import os
import pathlib
from collections.abc import Callable, Mapping

import numpy as np

from zoo.data import finding, folder_names, pictures


def classes_of(path: str | os.PathLike[str]) -> list[str]:
    """The names of the folders in ``path``, sorted: the classes.

    Raises ``ValueError`` if ``path`` is no folder or holds none.
    """
    path = pathlib.Path(path).expanduser()
    if not path.is_dir():
        problem = "is no folder" if os.path.lexists(path) else "does not exist"
        raise ValueError(f"{path} {problem}. Expected a folder that holds one folder of pictures for each class.")
    names = sorted(p.name for p in path.iterdir() if p.is_dir())
    if not names:
        raise ValueError(f"No folders in {path}. Expected one folder of pictures for each class.")
    return names


def read(
    path: str | os.PathLike[str],
    labels: Mapping[str, int],
    input_shape: tuple[int, int, int],
    unreadable: Callable[[pathlib.Path, str], object],
    progress: Callable[[int, int], object] = lambda done, total: None,
) -> tuple[np.ndarray, np.ndarray]:
    """The pictures of ``path``, brought to a model's size, with the class numbers of their folders.

    Args:
        path: Holds one folder of pictures for each class; see ``classes_of``.
        labels: Class number by folder name; a folder that is not in it is an error.
        input_shape: ``(height, width, channels)`` of the model.
        unreadable: Called with the path and the reason for each file that is left out: no readable picture,
            or a picture that is in no class's folder.
        progress: Called with the number of files read and of all, before the first and after each. Defaults to nobody.

    Returns:
        uint8 images ``(n, height, width, channels)`` and int32 labels ``(n,)``, n ≥ 1.

    Raises:
        ValueError: No pictures, or a folder that is no class.
    """
    height, width, channels = input_shape
    files = listed(path, labels)
    for stray in beside(path):
        unreadable(stray, "lies beside the folders of the classes, so it has no class")
    images, numbers = [], []
    progress(0, len(files))
    for done, (file, number) in enumerate(files, start=1):
        try:
            images.append(np.round(pictures.read_fitted(file, (height, width), channels)).astype(np.uint8))
            numbers.append(number)
        except ValueError as error:
            unreadable(file, str(error))
        progress(done, len(files))
    if not images:
        raise ValueError(f"No readable pictures in {path}. Expected one folder of pictures for each class.")
    return np.stack(images), np.array(numbers, np.int32)


def listed(path: str | os.PathLike[str], labels: Mapping[str, int]) -> list[tuple[pathlib.Path, int]]:
    """Every file in the folders of the classes with its class number, folder by folder.

    Args:
        path: Holds one folder of pictures for each class.
        labels: Class number by folder name; see ``zoo.data.folder_names.numbers``.

    Raises ``ValueError`` for no folders, or one that is no class.
    """
    found = []
    for name in classes_of(path):
        folder = pathlib.Path(path).expanduser() / name
        number = folder_names.checked(name, labels, folder)
        found += [(file, number) for file in finding.find([folder])]
    return found


def beside(path: str | os.PathLike[str]) -> list[pathlib.Path]:
    """Pictures that are in no folder of a class."""
    path = pathlib.Path(path).expanduser()
    return sorted(p for p in path.iterdir() if p.suffix.lower() in finding.SUFFIXES and not p.is_dir())
