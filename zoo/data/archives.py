"""The four arrays of a data set: out of an ``.npz`` file, or downloaded by Keras."""

import pathlib
import zipfile

import numpy as np

from zoo.data.environment import offline

KEYS = ("x_train", "y_train", "x_test", "y_test")
"""The arrays in a file, in the order in which they are returned."""

Arrays = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def read(path: pathlib.Path) -> Arrays:
    """The arrays of an ``.npz`` file, in the order of ``KEYS``.

    Raises ``ValueError`` if the file is damaged or lacks one of them.
    """
    if not zipfile.is_zipfile(path):
        raise ValueError(f"{path} is not a readable .npz file. Expected one with the arrays {', '.join(KEYS)}.")
    try:
        with open(path, "rb") as opened, np.load(opened, allow_pickle=False) as file:
            x_train, y_train, x_test, y_test = (file[key] for key in KEYS)
    except Exception as error:  # numpy raises half a dozen kinds for a damaged archive
        raise ValueError(
            f"{path} is not a readable .npz file with x_train, y_train, x_test and y_test: {error}"
        ) from error
    return x_train, y_train, x_test, y_test


def download(name: str, local: pathlib.Path) -> Arrays:
    """The arrays from ``keras.datasets``, in the order of ``KEYS``; Keras is imported only here.

    Args:
        name: Of the data set, which is also the name of the module in ``keras.datasets``.
        local: Where a file of it would have been read; the errors name it.

    Raises:
        ConnectionError: The download failed, or ``ZOO_OFFLINE`` forbids it.
    """
    if offline():
        raise ConnectionError(
            f"{name} is not at {local}, and ZOO_OFFLINE forbids to download it. Put {name}.npz with x_train, y_train, "
            "x_test and y_test into that folder, or name another folder in ZOO_DATA."
        )
    try:
        import keras

        (x_train, y_train), (x_test, y_test) = getattr(keras.datasets, name).load_data()
    except Exception as error:  # keras raises a bare Exception when a download fails
        raise ConnectionError(
            f"{name} is not at {local} and could not be downloaded ({error}). Put {name}.npz with x_train, "
            "y_train, x_test and y_test into that folder, or name another folder in ZOO_DATA."
        ) from error
    return x_train, y_train, x_test, y_test


def checked(arrays: Arrays, complaint: str, shape: tuple[int, int, int], classes: int) -> Arrays:
    """The arrays with a channel for grey images and labels as int32 ``(n,)``.

    Args:
        arrays: In the order of ``KEYS``.
        complaint: How the error begins: which file is not what.
        shape: ``(height, width, channels)`` of the images.
        classes: How many classes there are.

    Raises:
        ValueError: Images or labels of another shape, type or range, or none.
    """
    x_train, y_train, x_test, y_test = arrays
    x_train, x_test = (x[..., None] if x.ndim == 3 else x for x in (x_train, x_test))
    for x, y in ((x_train, y_train), (x_test, y_test)):
        labels = y.size and y.dtype.kind in "iu" and y.min() >= 0 and y.max() < classes
        if x.shape[1:] != shape or x.dtype != np.uint8 or len(x) != y.size or not labels:
            raise ValueError(
                f"{complaint}: expected uint8 images (n, {str(shape)[1:]} with n labels "
                f"in 0..{classes - 1}. Received images {x.dtype} {x.shape}, labels {y.shape}."
            )
    y_train, y_test = (y.reshape(-1).astype(np.int32) for y in (y_train, y_test))
    return x_train, y_train, x_test, y_test
