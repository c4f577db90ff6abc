"""Weight files of every kind: what is read, and what is refused."""

import io
import pickle
import zipfile

import h5py
import ml_dtypes
import numpy as np
import pytest
import safetensors.numpy

import zoo
from zoo import applications
from zoo.weights import file, formats, keys, npz


@pytest.fixture(scope="module")
def model():
    return applications.LMResNet(weights=None, depth=8, classes=3)


def arrays(model):
    return keys.arrays_of(model)


def same(path, model):
    """Whether the network with the weights of a file is the model."""
    loaded = applications.LMResNet(weights=path, depth=8, classes=3)
    picture = applications.probe_picture((32, 32, 3))
    return np.array_equal(loaded(picture), model(picture))


def zipped(path, *members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def older(path, model):
    """A file as Keras 2 wrote it: a group for each layer with weights, in their order."""
    with h5py.File(path, "w") as target:
        layers = model.layers
        target.attrs["layer_names"] = [layer.name.encode() for layer in layers]
        target.attrs["backend"], target.attrs["keras_version"] = b"tensorflow", b"2.2.0"
        for layer in layers:
            group = target.create_group(layer.name)
            names = [f"w{number}:0" for number in range(len(layer.weights))]
            group.attrs["weight_names"] = [name.encode() for name in names]
            ordered = [*layer.trainable_weights, *layer.non_trainable_weights]
            for name, value in zip(names, ordered, strict=True):
                group[name] = np.asarray(value)
        target.create_group("top_level_model_weights").attrs["weight_names"] = []
    return path


def saved(kind, path, model):
    if kind == "safetensors":
        path.write_bytes(file.packed(arrays(model), {}))
    elif kind == "npz":
        np.savez(path, **arrays(model))
    elif kind == "compressed.npz":
        np.savez_compressed(path, **arrays(model))
    elif kind == "h5":
        older(path, model)
    else:
        model.save_weights(path)
    return path


KINDS = ["safetensors", "npz", "compressed.npz", "weights.h5", "h5"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_is_read_also_in_an_archive(kind, model, tmp_path):
    path = saved(kind, tmp_path / f"a.{kind}", model)
    assert same(path, model)
    assert same(zipped(tmp_path / "a.zip", (path.name, path.read_bytes())), model)


@pytest.mark.parametrize("kind", ["npz", "weights.h5", "h5"])
def test_a_file_is_converted_to_a_preset(kind, tmp_path, run, released):
    _, network, _ = released
    path = saved(kind, tmp_path / f"a.{kind}", network)
    out = tmp_path / "converted"
    code, printed, err = run("weights", "convert", path, "--to", "lm_resnet14-cifar10", "--out", out)
    assert (code, printed.strip()) == (0, str(out)), err
    loaded = zoo.load(out)
    picture = applications.probe_picture((32, 32, 3))
    np.testing.assert_array_equal(loaded(picture), network(picture))
    assert zoo.labels(loaded) == tuple("abcdefghij")
    assert f"* converted from: {path.name}" in (out / "README.md").read_text("utf-8")
    code, printed, err = run("weights", "convert", path, "--to", "lm_resnet20", "--out", tmp_path / "other")
    assert code == 1
    assert "does not fit" in err
    assert not (tmp_path / "other").exists()


PICKLES = ["a.pt", "a.pth", "a.pkl", "a.ckpt", "a.bin", "a.zip"]


@pytest.mark.parametrize("name", PICKLES)
def test_a_pickle_is_refused_with_the_way_to_convert_it(name, tmp_path, run):
    path, ran = tmp_path / name, tmp_path / "ran"

    class Evil:
        def __reduce__(self):
            return (open, (str(ran), "w"))

    content = pickle.dumps(Evil())
    zipped(path, ("weights.pth", content)) if name == "a.zip" else path.write_bytes(content)
    with pytest.raises(ValueError, match=r"is not read: a pickle is a program .*safetensors.torch.save_file"):
        applications.LMResNet(weights=path, depth=8)
    code, _, err = run("weights", "convert", path, "--to", "lm_resnet20", "--out", tmp_path / "out")
    assert code == 1
    assert "a pickle is a program" in err
    assert not ran.exists()


# NumPy


def test_objects_in_an_npz_are_refused_before_they_are_made(tmp_path):
    ran = tmp_path / "ran"

    class Evil:
        def __reduce__(self):
            return (open, (str(ran), "w"))

    path = tmp_path / "a.npz"
    np.savez(path, **{"stem/kernel": np.array([Evil()], dtype=object)})
    with pytest.raises(ValueError, match=r"stem/kernel.npy holds object, which may be a program. Expected: numbers"):
        applications.LMResNet(weights=path, depth=8)
    assert not ran.exists()


def absurd(shape):
    """An .npz of one array whose header promises a shape that is not there."""
    content = io.BytesIO()
    header = {"descr": "<f4", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(content, header)
    archive = io.BytesIO()
    zipped(archive, ("a.npy", content.getvalue() + b"\0" * 16))
    return archive.getvalue()


@pytest.mark.parametrize("shape", [(10**12,), (2**62, 4), (5,), (3,)])
def test_an_array_that_is_not_as_large_as_its_header_says_is_refused(shape):
    with pytest.raises(file.FormatError, match=r"a.npy has 16 bytes. Expected: an array"):
        npz.unpacked(absurd(shape), "a.npz", 10**6)
    assert npz.unpacked(absurd((4,)), "a.npz", 10**6)["a"].shape == (4,)


def test_the_order_of_an_array_in_an_npz_is_kept(tmp_path):
    array = np.asfortranarray(np.arange(6, dtype="float32").reshape(2, 3))
    np.savez(tmp_path / "a.npz", a=array)
    np.testing.assert_array_equal(npz.unpacked((tmp_path / "a.npz").read_bytes(), "a", 10**6)["a"], array)


def test_more_than_is_allowed_is_not_unpacked(tmp_path):
    np.savez_compressed(tmp_path / "a.npz", a=np.zeros(10**6, "float32"))
    content = (tmp_path / "a.npz").read_bytes()
    assert len(content) < 10**5
    with pytest.raises(file.FormatError, match=r"holds 4,000,128 bytes. Expected: at most 1,000"):
        npz.unpacked(content, "a.npz", 1000)


# Archives


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ([], "must hold one file and no folder. Received: nothing"),
        ([("a.npz", b""), ("b.npz", b"")], "must hold one file and no folder"),
        ([("../a.npz", b"")], "must hold one file and no folder. Received: '../a.npz'"),
        ([("folder/a.npz", b"")], "must hold one file"),
        ([("a.txt", b"")], r"A weight file must end in .safetensors"),
        ([("a.zip", b"")], r"A weight file must end in .safetensors"),
        ([("a.keras", b"")], r"A weight file must end in .safetensors"),
    ],
)
def test_an_archive_of_anything_else_is_refused(members, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        applications.LMResNet(weights=zipped(tmp_path / "a.zip", *members), depth=8)


def test_a_damaged_archive_is_refused(tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(b"PK\x03\x04 no archive")
    with pytest.raises(ValueError, match="is not a readable .zip file"):
        applications.LMResNet(weights=path, depth=8)
    content = zipped(io.BytesIO(), ("a.npz", bytes(range(256)))).getvalue()
    at = content.index(b"a.npz") + 10
    with pytest.raises(ValueError, match="is not a readable .zip file"):
        formats.unzipped(content[:at] + b"\xff\xff" + content[at + 2 :], "a.zip", 1000)


def test_a_member_of_another_name_or_too_large_is_refused():
    content = zipped(io.BytesIO(), ("a.h5", bytes(5000))).getvalue()
    assert formats.unzipped(content, "a.zip", 5000, "a.h5") == bytes(5000)
    with pytest.raises(ValueError, match=r"holds 5,000 bytes. Expected: at most 4,999"):
        formats.unzipped(content, "a.zip", 4999)
    with pytest.raises(ValueError, match="holds 'a.h5'. Expected: 'b.h5'"):
        formats.unzipped(content, "a.zip", 5000, "b.h5")


# safetensors


def test_narrow_numbers_are_read(model, tmp_path):
    narrow = {key: value.astype(ml_dtypes.bfloat16) for key, value in arrays(model).items()}
    path = tmp_path / "narrow.safetensors"
    path.write_bytes(safetensors.numpy.save(narrow))
    found, _ = file.read(path)
    assert {array.dtype for array in found.values()} == {np.dtype(ml_dtypes.bfloat16)}
    loaded = arrays(applications.LMResNet(weights=path, depth=8, classes=3))
    for key, value in narrow.items():
        np.testing.assert_array_equal(loaded[key], value.astype("float32"))


def test_numbers_of_another_kind_are_refused_by_name():
    content = safetensors.numpy.save({"spectrum": np.ones(2, "complex64")})
    with pytest.raises(file.FormatError, match=r"spectrum is of type C64. Expected one of F16, .*BF16"):
        file.unpacked(content, "a.safetensors")


@pytest.mark.parametrize("header", ["[]", "1", '{"format": 9}', '{"format": [1]}', "{", "null"])
def test_a_header_that_is_none_is_refused(header):
    content = safetensors.numpy.save({"a": np.ones(2)}, {"zoo": header})
    with pytest.raises(file.FormatError):
        file.unpacked(content)


def test_a_file_that_is_read_is_that_of_safetensors(model):
    content = file.packed(arrays(model), {"name": "a"})
    theirs = safetensors.numpy.load(content)
    ours, _ = file.unpacked(content)
    assert set(ours) == set(theirs)
    for key, value in theirs.items():
        assert ours[key].dtype == value.dtype
        np.testing.assert_array_equal(ours[key], value)


@pytest.mark.parametrize("value", [5, 1.5, [], object()])
def test_weights_that_are_no_name_and_no_path(value):
    with pytest.raises(ValueError, match="weights must be None, a tag .* or the location of a preset"):
        applications.LMResNet(weights=value)
