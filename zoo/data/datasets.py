"""The data sets as arrays."""

import dataclasses
import os
import pathlib

import keras
import numpy as np

from zoo.weights import offline


@dataclasses.dataclass(frozen=True)
class Description:
    """What the pictures of a data set are; a row of ``DATASETS``.

    Attributes:
        name: Of the data set, and the tag of weights that are trained on it.
        shape: Height, width and channels.
        classes: How many classes there are.
        labels: Their names, in the order of their numbers.
        mean, deviation: Of each channel over the training pictures, for values in 0..255.
    """

    name: str
    shape: tuple[int, int, int]
    classes: int
    labels: tuple[str, ...]
    mean: tuple[float, ...]
    deviation: tuple[float, ...]


DIGITS = tuple("0123456789")
OBJECTS = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
CLOTHES = (
    *("T-shirt/top", "trouser", "pullover", "dress", "coat"),
    *("sandal", "shirt", "sneaker", "bag", "ankle boot"),
)

CIFAR10 = Description(
    "cifar10",
    (32, 32, 3),
    10,
    OBJECTS,
    mean=(0.4914 * 255, 0.4822 * 255, 0.4465 * 255),
    deviation=(0.2470 * 255, 0.2435 * 255, 0.2616 * 255),
)
MNIST = Description("mnist", (28, 28, 1), 10, DIGITS, mean=(0.1307 * 255,), deviation=(0.3081 * 255,))
FASHION_MNIST = Description("fashion_mnist", (28, 28, 1), 10, CLOTHES, MNIST.mean, MNIST.deviation)
IMAGENET = Description(
    "imagenet",
    (224, 224, 3),
    1000,
    (),
    mean=(0.485 * 255, 0.456 * 255, 0.406 * 255),
    deviation=(0.229 * 255, 0.224 * 255, 0.225 * 255),
)

DATASETS = {row.name: row for row in (CIFAR10, MNIST, FASHION_MNIST, IMAGENET)}
"""Every data set by name. Fashion-MNIST is normalised as MNIST: its released network is an MNIST one."""

LOADED = (CIFAR10, MNIST, FASHION_MNIST)
"""Those that ``load`` reads."""

SHAPES = {row.name: row.shape for row in LOADED}
"""Height, width and channels of each data set's images."""

CLASSES = {row.name: row.labels for row in LOADED}
"""Class names of each data set, in the order of their numbers."""


@dataclasses.dataclass(frozen=True)
class Dataset:
    """A data set in memory.

    Attributes:
        name: ``"cifar10"``, ``"mnist"`` or ``"fashion_mnist"``.
        x_train, x_test: uint8 images 0..255, ``(n, height, width, channels)``.
        y_train, y_test: Class numbers, ``(n,)``, int32.
        classes: Class names by number.
    """

    name: str
    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    classes: tuple[str, ...]


def folder() -> pathlib.Path:
    """Where the data sets are looked for: ``$ZOO_DATA``, or ``~/.cache/zoo/data``."""
    return pathlib.Path(os.environ.get("ZOO_DATA") or "~/.cache/zoo/data").expanduser()


def load(name: str, path=None) -> Dataset:
    """CIFAR-10, MNIST or Fashion-MNIST as arrays.

    Read from ``path`` if given; else from ``$ZOO_DATA/<name>.npz`` (``~/.cache/zoo/data`` by default)
    if that file is there; else downloaded by ``keras.datasets``. An ``.npz`` file holds ``x_train``,
    ``y_train``, ``x_test`` and ``y_test``.

    Raises:
        ValueError: Unknown name, or a file whose arrays do not fit the data set.
        FileNotFoundError: ``path`` is given and does not exist.
        ConnectionError: No file, and the download failed or ``ZOO_OFFLINE`` forbids it.
    """
    if name not in CLASSES:
        raise ValueError(f"Unknown data set {name!r}. Expected one of {sorted(CLASSES)}.")
    path = pathlib.Path(path).expanduser() if path else None
    if path and not path.is_file():
        raise FileNotFoundError(f"No data file at {path}. Expected an .npz file with x_train, y_train, x_test, y_test.")
    local = path or folder() / f"{name}.npz"
    arrays = _read(local) if local.is_file() else _download(name, local)
    return _checked(name, local, *arrays)


def _read(path):
    try:
        with open(path, "rb") as opened, np.load(opened, allow_pickle=False) as file:
            return [file[key] for key in ("x_train", "y_train", "x_test", "y_test")]
    except Exception as error:  # numpy raises half a dozen kinds for a damaged archive
        raise ValueError(
            f"{path} is not a readable .npz file with x_train, y_train, x_test and y_test: {error}"
        ) from error


def _download(name, local):
    if offline():
        raise ConnectionError(
            f"{name} is not at {local}, and ZOO_OFFLINE forbids to download it. Put {name}.npz with x_train, y_train, "
            "x_test and y_test into that folder, or name another folder in ZOO_DATA."
        )
    try:
        (x_train, y_train), (x_test, y_test) = getattr(keras.datasets, name).load_data()
    except Exception as error:  # keras raises a bare Exception when a download fails
        raise ConnectionError(
            f"{name} is not at {local} and could not be downloaded ({error}). Put {name}.npz with x_train, "
            "y_train, x_test and y_test into that folder, or name another folder in ZOO_DATA."
        ) from error
    return x_train, y_train, x_test, y_test


def _checked(name, source, x_train, y_train, x_test, y_test):
    def images(x):
        return x[..., None] if x.ndim == 3 else x

    x_train, x_test = images(x_train), images(x_test)
    for x, y in ((x_train, y_train), (x_test, y_test)):
        labels = y.size and y.dtype.kind in "iu" and y.min() >= 0 and y.max() < len(CLASSES[name])
        if x.shape[1:] != SHAPES[name] or x.dtype != np.uint8 or len(x) != y.size or not labels:
            raise ValueError(
                f"{source} does not hold {name}: expected uint8 images (n, {str(SHAPES[name])[1:]} with n labels "
                f"in 0..{len(CLASSES[name]) - 1}. Received images {x.dtype} {x.shape}, labels {y.shape}."
            )
    labels = [y.reshape(-1).astype(np.int32) for y in (y_train, y_test)]
    return Dataset(name, x_train, labels[0], x_test, labels[1], CLASSES[name])
