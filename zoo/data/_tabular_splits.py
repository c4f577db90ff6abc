"""From the published files of the tabular sets to their three parts, as the authors' code makes them."""

import csv

import numpy as np

from zoo.data import files

SOURCE = "https://zenodo.org/record/1161203 (data.tar.gz, by the authors of the paper; its licence is said there)"
"""Where the arrays are from. They were made of sets of the UCI repository and, BSDS300, of Berkeley's pictures."""


def _array(path, columns):
    """The matrix in a ``.npy`` file; raises ``ValueError`` for one that has not so many columns."""
    with files.opened(path) as file:
        array = np.load(file, allow_pickle=False)
    if array.ndim != 2 or array.shape[1] != columns or array.dtype.kind != "f":
        raise ValueError(
            f"{path} must be a matrix of numbers with {columns} columns. Received: {array.dtype} {array.shape}. "
            f"Expected the file of {SOURCE}."
        )
    return array.astype("float64")


def _split(data):
    """The last tenth for the test, and the last tenth of the rest for validation."""
    test = int(0.1 * len(data))
    validation = int(0.1 * (len(data) - test))
    rest = len(data) - test - validation
    return data[:rest], data[rest : rest + validation], data[rest + validation :]


def _standardised(train, validation, test):
    """By mean and deviation (n in the denominator) of training and validation together."""
    both = np.concatenate([train, validation])
    mean, deviation = both.mean(axis=0), both.std(axis=0)
    return tuple((part - mean) / deviation for part in (train, validation, test))


def power(path):
    """Shuffled, without two columns, and with uniform noise below the resolution of each measurement."""
    data, rng = _array(path, 8), np.random.RandomState(42)
    rng.shuffle(data)
    data = np.delete(data, (1, 3), axis=1)
    voltage, gap, metering = 0.01 * rng.rand(len(data), 1), 0.001 * rng.rand(len(data), 1), rng.rand(len(data), 3)
    noise = np.hstack([gap, voltage, metering, np.zeros((len(data), 1))])
    return _standardised(*_split(data + noise))


def gas(path):
    """Without sensors that are correlated above 0.98 with another, standardised with n − 1."""
    data = _array(path, 16)
    while True:
        many = np.flatnonzero((np.corrcoef(data, rowvar=False) > 0.98).sum(axis=1) > 1)
        if not len(many):
            return _split((data - data.mean(axis=0)) / data.std(axis=0, ddof=1))
        data = np.delete(data, many[0], axis=1)


def hepmass(train_path, test_path):
    """The signals alone, standardised with n − 1, without columns whose least value is there more than five times."""
    train, test = _signals(train_path), _signals(test_path)[:, :-1]  # the last column of the test file is one too many
    if train.shape[1] != test.shape[1]:
        raise ValueError(
            f"{test_path} must have one column more than {train_path}. Received: {test.shape[1] + 1} and "
            f"{train.shape[1]} beside the label. Expected the files of {SOURCE}."
        )
    mean, deviation = train.mean(axis=0), train.std(axis=0, ddof=1)
    train, test = (train - mean) / deviation, (test - mean) / deviation
    kept = [n for n, column in enumerate(train.T) if np.count_nonzero(column == column.min()) <= 5]
    train, test = train[:, kept], test[:, kept]
    validation = int(0.1 * len(train))
    return train[: len(train) - validation], train[len(train) - validation :], test


def _signals(path):
    """The rows of class 1 of a table with a header, without the class, which is the first column."""
    with open(path, newline="", encoding="utf-8") as file:
        columns = len(next(csv.reader(file), []))
        if columns < 2:
            raise ValueError(f"{path} must have a header and several columns. Expected the file of {SOURCE}.")
        values = np.loadtxt(file, delimiter=",", usecols=range(columns), ndmin=2)
    return values[values[:, 0] == 1, 1:]


def miniboone(path):
    """As they are, standardised."""
    return _standardised(*_split(_array(path, 43)))


def bsds300(path):
    """As they are: patches of 8 × 8 grey pixels with uniform noise, without their mean and the last pixel."""
    import h5py

    with files.opened(path) as file, h5py.File(file, "r") as groups:
        missing = [part for part in ("train", "validation", "test") if part not in groups]
        if missing:
            raise ValueError(f"{path} has no {', '.join(missing)}. Expected the file of {SOURCE}.")
        return tuple(groups[part][:] for part in ("train", "validation", "test"))
