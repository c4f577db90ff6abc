"""Weight files: what is written is read, what is damaged is refused."""

import json
import subprocess
import sys

import numpy as np
import pytest

from zoo.weights import file

TENSORS = {
    "stage1/field/conv1/kernel": np.arange(24, dtype="float32").reshape(2, 3, 4),
    "stage1/k": np.float32(0.5),
    "steps": np.array([1, 2], "int64"),
}
HEADER = {"name": "net", "keywords": {"depth": 20}, "labels": ["ä", "b"]}


def test_round_trip_keeps_shapes_dtypes_and_the_header():
    tensors, header = file.unpacked(file.packed(TENSORS, HEADER))
    assert header == {"format": file.FORMAT, **HEADER}
    assert set(tensors) == set(TENSORS)
    for name, array in TENSORS.items():
        assert tensors[name].shape == np.shape(array)
        assert tensors[name].dtype == np.asarray(array).dtype
        np.testing.assert_array_equal(tensors[name], array)


def test_equal_content_gives_equal_bytes_in_every_process():
    script = (
        "import hashlib, numpy as np; from zoo.weights import file;"
        "t = {name: np.arange(4.0) for name in 'abcdefgh'};"
        "print(hashlib.sha256(file.packed(t, {'x': 1, 'y': {'b': 2, 'a': 3}})).hexdigest())"
    )
    digests = {
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout for _ in "ab"
    }
    assert len(digests) == 1


@pytest.mark.parametrize(
    "damage",
    [lambda c: b"", lambda c: c[:7], lambda c: c[:-1], lambda c: b"\xff" * 8 + c[8:], lambda c: b"PK\x03\x04" + c],
    ids=["empty", "no header", "cut", "huge header", "zip"],
)
def test_damaged_content_is_refused_in_one_line(damage):
    with pytest.raises(file.FormatError, match="not a readable .safetensors file") as caught:
        file.unpacked(damage(file.packed(TENSORS, HEADER)), "net.safetensors")
    assert "\n" not in str(caught.value)


def test_a_later_format_says_so():
    import safetensors.numpy

    later = safetensors.numpy.save({"a": np.zeros(1)}, {file.HEADER: json.dumps({"format": 99})})
    with pytest.raises(file.FormatError, match="version 99.*reads version 1"):
        file.unpacked(later)


def test_a_file_of_another_program_has_an_empty_header():
    import safetensors.numpy

    assert file.unpacked(safetensors.numpy.save({"a": np.zeros(1)}))[1] == {}
