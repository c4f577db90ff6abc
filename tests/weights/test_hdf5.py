"""Weight files of Keras are looked through before they are loaded."""

import h5py
import numpy as np
import pytest

from zoo import applications
from zoo.weights import hdf5


def saved(path):
    """A network and its weights in a file of Keras."""
    model = applications.LMResNet(weights=None, depth=8)
    model.save_weights(path)
    return model


def linked(file, kind, other):
    """Make the first group of a file a link."""
    name = next(iter(file["layers"]))
    del file["layers"][name]
    file["layers"][name] = h5py.SoftLink("/vars") if kind == "soft" else h5py.ExternalLink(other, "layers")


@pytest.mark.parametrize("kind", ["soft", "external"])
def test_a_link_is_refused_and_what_it_leads_to_stays(tmp_path, kind):
    evil, theirs = tmp_path / "evil.weights.h5", tmp_path / "theirs.weights.h5"
    saved(evil)
    saved(theirs)
    before = theirs.read_bytes()
    with h5py.File(evil, "r+") as file:
        linked(file, kind, str(theirs))
    with pytest.raises(hdf5.Refused, match=r"evil.weights.h5 is not loaded: /layers/\S+ is a link"):
        applications.LMResNet(weights=evil, depth=8)
    assert theirs.read_bytes() == before


@pytest.mark.parametrize("kind", ["virtual", "external"])
def test_values_that_are_in_another_file_are_refused(tmp_path, kind):
    path, other = tmp_path / "a.h5", tmp_path / "other.h5"
    with h5py.File(other, "w") as file:
        file["x"] = np.ones(4, "float32")
    with h5py.File(path, "w") as file:
        if kind == "virtual":
            layout = h5py.VirtualLayout((4,), "float32")
            layout[:] = h5py.VirtualSource(str(other), "x", (4,))
            file.create_virtual_dataset("x", layout)
        else:
            file.create_dataset("x", (4,), "float32", external=[(str(other), 0, 16)])
    with pytest.raises(hdf5.Refused, match="the values of /x are in another file"):
        hdf5.check(path, 100, "a.h5")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_finite_are_refused(tmp_path, value):
    path = tmp_path / "a.weights.h5"
    model = saved(path)
    kernel = model.weights[0].numpy()
    kernel.flat[3] = value
    model.weights[0].assign(kernel)
    model.save_weights(path)
    with pytest.raises(hdf5.Refused, match=r"a.weights.h5 is not loaded: /layers/\S+ has values that are NaN or inf"):
        applications.LMResNet(weights=path, depth=8)


def test_an_array_that_claims_more_than_the_network_holds_is_not_read(tmp_path):
    path = tmp_path / "a.weights.h5"
    saved(path)
    with h5py.File(path, "r+") as file:
        file.create_dataset("huge", (1 << 50,), "float32", chunks=(1 << 20,))
    with pytest.raises(ValueError, match=r"a.weights.h5 does not fit .*/huge has 1,125,899,906,842,624 values"):
        applications.LMResNet(weights=path, depth=8)


def test_a_group_that_holds_itself_ends(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["group/x"] = np.ones(3)
        file["group/again"] = file["group"]
    hdf5.check(tmp_path / "a.h5", 3, "a.h5")


@pytest.mark.slow
def test_a_file_of_keras_with_its_optimizer_is_loaded(tmp_path):
    path = tmp_path / "a.weights.h5"
    model = applications.LMResNet(weights=None, depth=8)
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(np.zeros((2, 32, 32, 3), "float32"), np.zeros(2), verbose=0)
    model.save_weights(path)
    before = path.read_bytes()
    loaded = applications.LMResNet(weights=path, depth=8)
    np.testing.assert_array_equal(loaded.weights[0], model.weights[0])
    assert path.read_bytes() == before
