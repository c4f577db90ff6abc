"""The data sets: one row for each, and those that fit into memory as arrays. Importing it imports no Keras."""

import dataclasses
import os
import pathlib

import numpy as np

from zoo import _check
from zoo.data import archives, cifar100, imagenet
from zoo.data.environment import folder
from zoo.data.validation import held_out_rows


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
CIFAR100 = Description(
    "cifar100",
    (32, 32, 3),
    100,
    cifar100.LABELS,
    mean=(0.5071 * 255, 0.4865 * 255, 0.4409 * 255),
    deviation=(0.2673 * 255, 0.2564 * 255, 0.2762 * 255),
)
MNIST = Description("mnist", (28, 28, 1), 10, DIGITS, mean=(0.1307 * 255,), deviation=(0.3081 * 255,))
FASHION_MNIST = Description("fashion_mnist", (28, 28, 1), 10, CLOTHES, MNIST.mean, MNIST.deviation)
IMAGENET = Description(
    "imagenet",
    (224, 224, 3),
    1000,
    imagenet.labels(),
    mean=(0.485 * 255, 0.456 * 255, 0.406 * 255),
    deviation=(0.229 * 255, 0.224 * 255, 0.225 * 255),
)

DATASETS = {row.name: row for row in (CIFAR10, CIFAR100, MNIST, FASHION_MNIST, IMAGENET)}
"""Every data set by name. Fashion-MNIST is normalised as MNIST: its released network is an MNIST one."""

LOADED = (CIFAR10, CIFAR100, MNIST, FASHION_MNIST)
"""Those that ``load`` reads."""


@dataclasses.dataclass(frozen=True)
class Dataset:
    """A data set in memory.

    Attributes:
        name: ``"cifar10"``, ``"cifar100"``, ``"mnist"`` or ``"fashion_mnist"``.
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

    def held_out(self, count: int) -> tuple["Dataset", np.ndarray, np.ndarray]:
        """The data set without ``count`` of its training pictures, and these pictures with their class numbers.

        Which ones they are depends on the data set alone (see ``zoo.data.validation``): not on a recipe, nor on its
        seed. They are balanced over the classes. The test pictures stay where they are.

        Args:
            count: How many; 0 holds out none.

        Returns:
            The data set to train on, uint8 images ``(count, height, width, channels)`` and labels ``(count,)``.

        Raises:
            ValueError: ``count`` is no integer ≥ 0, or a class would be left without a picture to train on.
        """
        rows = held_out_rows(self.y_train, count, len(self.classes))
        if not len(rows):
            return self, self.x_train[:0], self.y_train[:0]
        rest = np.setdiff1d(np.arange(len(self.y_train)), rows)
        training = dataclasses.replace(self, x_train=self.x_train[rest], y_train=self.y_train[rest])
        return training, self.x_train[rows], self.y_train[rows]


def load(name: str, path: str | os.PathLike[str] | None = None) -> Dataset:
    """CIFAR-10, CIFAR-100, MNIST or Fashion-MNIST as arrays.

    They are read from ``path`` if it is given; else from ``$ZOO_DATA/<name>.npz`` (``~/.cache/zoo/data`` by default)
    if that file is there; else they are downloaded by ``keras.datasets``.

    Args:
        name: ``"cifar10"``, ``"cifar100"``, ``"mnist"`` or ``"fashion_mnist"``.
        path: An ``.npz`` file with ``x_train``, ``y_train``, ``x_test`` and ``y_test``. Defaults to ``None``.

    Returns:
        The data set; grey images have one channel.

    Raises:
        ValueError: Unknown name, a data set that is not read as arrays, or a file whose arrays do not fit it.
        FileNotFoundError: ``path`` is given and does not exist.
        ConnectionError: No file, and the download failed or ``ZOO_OFFLINE`` forbids it.
    """
    loaded = {row.name: row for row in LOADED}
    if name in DATASETS and name not in loaded:
        raise ValueError(
            f"{name} is not read as arrays. Expected one of: {', '.join(loaded)}. Of {name}, evaluate a model on a "
            "folder with one folder of pictures for each class."
        )
    row = loaded[_check.known(name, loaded, "data set")]
    path = pathlib.Path(path).expanduser() if path else None
    if path and not path.is_file():
        raise FileNotFoundError(f"No data file at {path}. Expected an .npz file with x_train, y_train, x_test, y_test.")
    local = path or folder() / f"{name}.npz"
    arrays = archives.read(local) if local.is_file() else archives.download(name, local)
    x_train, y_train, x_test, y_test = archives.checked(arrays, f"{local} does not hold {name}", row.shape, row.classes)
    return Dataset(name, x_train, y_train, x_test, y_test, row.labels)
