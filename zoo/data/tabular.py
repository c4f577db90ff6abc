"""The five tabular sets on which densities are compared: as Papamakarios et al. (2017) published and split them."""

import dataclasses
import os
import pathlib
from collections.abc import Callable

import numpy as np

from zoo import _check
from zoo.data import _tabular_splits
from zoo.data._tabular_splits import SOURCE

FROM_PICKLE = (
    "A pickle is a program and is not read. Where you trust it: python -c \"import numpy, pandas; numpy.save('{to}', "
    "pandas.read_pickle('{path}').drop(columns=['Meth', 'Eth', 'Time']).to_numpy())\""
)


@dataclasses.dataclass(frozen=True)
class Tabular:
    """Points ``(n, dimensions)``, float32, as they are split.

    Attributes:
        name: Of the set.
        train, validation, test: The points.
    """

    name: str
    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray

    @property
    def published(self) -> bool:
        """Whether there are as many points as in the published set."""
        return tuple(map(len, (self.train, self.validation, self.test))) == SETS[self.name].sizes


@dataclasses.dataclass(frozen=True)
class Row:
    """A set.

    Attributes:
        dimensions: Of a point, as it is split.
        sizes: Points for training, validation and test, as published.
        folder: Where its files are in the archive.
        files: Their names.
        split: From the paths of the files to the three parts.
    """

    dimensions: int
    sizes: tuple[int, int, int]
    folder: str
    files: tuple[str, ...]
    split: Callable[..., tuple[np.ndarray, np.ndarray, np.ndarray]]


def load(name: str, path: str | os.PathLike[str]) -> Tabular:
    """A tabular set from its published files.

    They come from https://zenodo.org/record/1161203, ``data.tar.gz``: ``power/data.npy``, ``hepmass/1000_train.csv``
    and ``1000_test.csv``, ``miniboone/data.npy``, ``BSDS300/BSDS300.hdf5``, and ``gas/ethylene_CO.pickle``, which is to
    be turned into ``gas/data.npy`` first (an error says how). Preprocessing, order and splits are those of the authors'
    code, github.com/gpapamak/maf, which the results of Grathwohl et al. (2018, arXiv:1810.01367) share.

    Args:
        name: One of ``SETS``: power, gas, hepmass, miniboone, bsds300.
        path: The folder ``data`` of the archive, or that of the set.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The set is unknown, or a file has not the published layout.
        OSError: A file cannot be read.

    Source: Papamakarios, Pavlakou and Murray, "Masked Autoregressive Flow for Density Estimation" (2017,
    arXiv:1705.07057), appendix D; the code named above.
    """
    row = SETS[_check.known(name, SETS, "tabular set")]
    parts = [each.astype("float32") for each in row.split(*_found(name, row, pathlib.Path(path).expanduser()))]
    for part in parts:
        if part.ndim != 2 or part.shape[1] != row.dimensions or not len(part):
            raise ValueError(
                f"{name} has {row.dimensions} dimensions. Received from {path}: {part.shape}, after preprocessing. "
                f"Expected the files of {SOURCE}."
            )
        if not np.isfinite(part).all():
            raise ValueError(f"{name} in {path} has entries that are not finite. Expected the files of {SOURCE}.")
    return Tabular(name, *parts)


def _found(name, row, path):
    """The paths of a set's files: in a folder of the set, or of all sets."""
    for folder in (path / row.folder, path):
        if all((folder / file).is_file() for file in row.files):
            return [folder / file for file in row.files]
    pickled = [
        each for each in (path / row.folder / "ethylene_CO.pickle", path / "ethylene_CO.pickle") if each.exists()
    ]
    if name == "gas" and pickled:
        raise ValueError(FROM_PICKLE.format(path=pickled[0], to=pickled[0].with_name("data.npy")))
    raise FileNotFoundError(
        f"{name} is not in {path}. Expected {' and '.join(f'{row.folder}/{file}' for file in row.files)} of {SOURCE}."
    )


SETS = {
    "power": Row(6, (1_659_917, 184_435, 204_928), "power", ("data.npy",), _tabular_splits.power),
    "gas": Row(8, (852_174, 94_685, 105_206), "gas", ("data.npy",), _tabular_splits.gas),
    "hepmass": Row(
        21, (315_123, 35_013, 174_987), "hepmass", ("1000_train.csv", "1000_test.csv"), _tabular_splits.hepmass
    ),
    "miniboone": Row(43, (29_556, 3_284, 3_648), "miniboone", ("data.npy",), _tabular_splits.miniboone),
    "bsds300": Row(63, (1_000_000, 50_000, 250_000), "BSDS300", ("BSDS300.hdf5",), _tabular_splits.bsds300),
}
"""Every set by its name."""
