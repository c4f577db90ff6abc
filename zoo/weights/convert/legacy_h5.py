"""The older HDF5 files of Keras: a group for each layer, and in it, perhaps deeper, its arrays."""

import io

import h5py
import numpy as np

from zoo.weights import hdf5


def read(content: bytes, source: str) -> dict[str, np.ndarray]:
    """The arrays by ``layer/weight``, without the ``:0`` of TensorFlow.

    Raises ``ValueError`` for a file that is damaged, reaches into other files, or has two arrays of one name.
    """
    found: dict[str, np.ndarray] = {}
    for path, array in paths(content, source).items():
        name = f"{path.split('/')[0]}/{path.split('/')[-1].removesuffix(':0')}"
        if name in found:
            raise ValueError(f"{source} has two arrays {name}.")
        found[name] = array
    return found


def paths(content: bytes, source: str) -> dict[str, np.ndarray]:
    """The arrays by their whole paths; raises ``ValueError`` as ``read``."""
    hdf5.check(io.BytesIO(content), len(content), source)
    found: dict[str, np.ndarray] = {}

    def visit(name: str, item: h5py.HLObject) -> None:
        if isinstance(item, h5py.Dataset):
            found[name] = item[()]

    with h5py.File(io.BytesIO(content), "r") as file:
        file.get("model_weights", file).visititems(visit)
    return found
