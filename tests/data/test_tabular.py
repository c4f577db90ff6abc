"""The published tabular sets: small files of their layout, split and standardised as the authors' code does."""

import h5py
import numpy as np
import pytest

from zoo.applications.ffjord import CONFIGURATIONS
from zoo.data import tabular

RNG = np.random.default_rng(0)


def put(path, array):
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, array)


def table(path, columns, rows):
    """A table of features with a class in front; the first feature has few values."""
    features = RNG.normal(size=(rows, columns)) + np.arange(columns)
    features[:, 0] = RNG.integers(0, 3, rows)
    values = np.column_stack([np.arange(rows) % 2, features])
    path.parent.mkdir(exist_ok=True)
    np.savetxt(path, values, delimiter=",", header=",".join(f"c{n}" for n in range(columns + 1)), comments="")
    return values


def test_power_is_shuffled_and_has_noise_below_its_resolution(tmp_path):
    data = RNG.normal(size=(200, 8)) * 10 + 5
    put(tmp_path / "power" / "data.npy", data)
    found = tabular.load("power", tmp_path)
    assert [part.shape for part in (found.train, found.validation, found.test)] == [(162, 6), (18, 6), (20, 6)]
    assert found.train.dtype == np.float32
    both = np.concatenate([found.train, found.validation])
    np.testing.assert_allclose(both.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(both.std(axis=0), 1, rtol=1e-5)
    order = np.arange(200)
    np.random.RandomState(42).shuffle(order)
    mine = data[order][:, [0, 2, 4, 5, 6, 7]]
    last = mine[:180, 5]  # the time has no noise
    np.testing.assert_allclose(found.test[:, 5], (mine[180:, 5] - last.mean()) / last.std(), rtol=1e-4, atol=1e-5)
    assert np.corrcoef(found.test[:, 2], mine[180:, 2])[0, 1] > 0.99
    again = tabular.load("power", tmp_path / "power")
    np.testing.assert_array_equal(again.train, found.train)
    assert not found.published


def test_gas_leaves_out_what_is_correlated(tmp_path):
    half = RNG.normal(size=(100, 8))
    put(tmp_path / "data.npy", np.concatenate([half + 1e-3 * RNG.normal(size=half.shape), 3 * half], axis=1))
    found = tabular.load("gas", tmp_path)
    assert [len(part) for part in (found.train, found.validation, found.test)] == [81, 9, 10]
    expected = (half - half.mean(axis=0)) / half.std(axis=0, ddof=1)  # of each pair the later column stays, in order
    np.testing.assert_allclose(found.train, expected[:81], rtol=1e-4, atol=1e-5)


def test_hepmass_is_of_signals_without_columns_that_repeat(tmp_path):
    train = table(tmp_path / "hepmass" / "1000_train.csv", 22, 80)
    table(tmp_path / "hepmass" / "1000_test.csv", 23, 40)
    found = tabular.load("hepmass", tmp_path)
    assert [part.shape for part in (found.train, found.validation, found.test)] == [(36, 21), (4, 21), (20, 21)]
    signals = train[train[:, 0] == 1, 2:]
    expected = (signals - signals.mean(axis=0)) / signals.std(axis=0, ddof=1)
    np.testing.assert_allclose(np.concatenate([found.train, found.validation]), expected, rtol=1e-4, atol=1e-5)


def test_miniboone_and_bsds300(tmp_path):
    put(tmp_path / "miniboone" / "data.npy", RNG.normal(size=(100, 43)).astype("float32"))
    assert tabular.load("miniboone", tmp_path).train.shape == (81, 43)
    (tmp_path / "BSDS300").mkdir()
    parts = {name: RNG.normal(size=(n, 63)) for name, n in (("train", 5), ("validation", 2), ("test", 3))}
    with h5py.File(tmp_path / "BSDS300" / "BSDS300.hdf5", "w") as file:
        for name, part in parts.items():
            file[name] = part
    found = tabular.load("bsds300", tmp_path)
    np.testing.assert_array_equal(found.test, parts["test"].astype("float32"))


def test_dimensions_are_those_of_the_published_flows():
    assert {name: (row.dimensions,) for name, row in tabular.SETS.items()} == {
        name: CONFIGURATIONS[name].shape for name in tabular.SETS
    }


def test_what_is_not_there_or_another_file(tmp_path):
    with pytest.raises(ValueError, match="Did you mean 'power'"):
        tabular.load("powr", tmp_path)
    with pytest.raises(FileNotFoundError, match=r"power/data\.npy of https://zenodo\.org/record/1161203"):
        tabular.load("power", tmp_path)
    with pytest.raises(FileNotFoundError, match=r"1000_train\.csv and hepmass/1000_test\.csv"):
        tabular.load("hepmass", tmp_path)
    put(tmp_path / "power" / "data.npy", np.zeros((10, 7)))
    with pytest.raises(ValueError, match=r"8 columns. Received: float64 \(10, 7\)"):
        tabular.load("power", tmp_path)
    put(tmp_path / "miniboone" / "data.npy", np.zeros((10, 43), object))
    with pytest.raises(ValueError, match="allow_pickle"):
        tabular.load("miniboone", tmp_path)
    (tmp_path / "gas").mkdir()
    (tmp_path / "gas" / "ethylene_CO.pickle").write_bytes(b"")
    with pytest.raises(ValueError, match=r"A pickle is a program .*read_pickle"):
        tabular.load("gas", tmp_path)
    put(tmp_path / "gas" / "data.npy", RNG.normal(size=(50, 16)))
    with pytest.raises(ValueError, match=r"gas has 8 dimensions. Received .*: \(41, 16\)"):
        tabular.load("gas", tmp_path)
