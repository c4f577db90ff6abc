"""The older HDF5 files of Keras: a group for each layer, and in it, perhaps deeper, its arrays."""

import io

import h5py
import numpy as np

from zoo.weights import hdf5


def read(content: bytes, source: str) -> dict[str, np.ndarray]:
    """The arrays by ``layer/weight``, without the ``:0`` of TensorFlow.

    Raises ``ValueError`` for a file that is damaged, reaches into other files, or has two arrays of one name.
    """
    hdf5.check(io.BytesIO(content), len(content), source)
    found: dict[str, np.ndarray] = {}
    with h5py.File(io.BytesIO(content), "r") as file:
        root = file.get("model_weights", file)

        def visit(name: str, item: h5py.HLObject) -> None:
            if isinstance(item, h5py.Dataset):
                layer, weight = name.split("/")[0], name.split("/")[-1].removesuffix(":0")
                if f"{layer}/{weight}" in found:
                    raise ValueError(f"{source} has two arrays {layer}/{weight}.")
                found[f"{layer}/{weight}"] = item[()]

        root.visititems(visit)
    return found
