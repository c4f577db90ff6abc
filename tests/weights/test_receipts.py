"""Files of others: their published checksums, and what is written down when they are first had."""

import dataclasses
import hashlib
import io
import json
import zipfile

import faults
import pytest

from zoo import weights
from zoo.weights import cache, fetching, receipts, store


@pytest.fixture(autouse=True)
def quick(monkeypatch, tmp_path):
    monkeypatch.setattr(fetching, "limits", lambda checkpoint: faults.QUICK)
    monkeypatch.setattr(store, "PACKAGE", tmp_path / "checkout" / "zoo" / "weights")


def row(algorithm="md5", size=None, content=faults.CONTENT, urls=(), parameters=25_000):
    digest = weights.Digest(algorithm, hashlib.new(algorithm, content).hexdigest())
    file = weights.File("theirs.h5", size, digest, urls)
    return dataclasses.replace(faults.checkpoint(), name="theirs", file=file, parameters=parameters)


def archive(*members):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in members:
            made.writestr(name, data)
    return content.getvalue()


def served(content):
    return faults.served(lambda connection, server: connection.sendall(faults.head(length=len(content)) + content))


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256"])
def test_the_published_checksum_is_compared_once_and_ours_from_then_on(algorithm, monkeypatch):
    checkpoint = row(algorithm)
    with faults.served(faults.well) as server:
        monkeypatch.setenv("ZOO_WEIGHTS_URL", server.url)
        assert store.read(checkpoint) == faults.CONTENT
        kept = json.loads(receipts.path(checkpoint.file).read_text())
        assert kept == {
            "published": f"{algorithm}:{checkpoint.file.digest.value}",
            "sha256": hashlib.sha256(faults.CONTENT).hexdigest(),
            "bytes": len(faults.CONTENT),
        }
        assert receipts.known(checkpoint.file) == (weights.Digest("sha256", kept["sha256"]), kept["bytes"])
        assert store.read(checkpoint) == faults.CONTENT
        assert server.asked == 1


def test_a_file_with_the_same_weak_checksum_is_found_later(monkeypatch):
    """The receipt plays what a second file of the same MD5 would meet."""
    checkpoint = row()
    with faults.served(faults.well) as server:
        monkeypatch.setenv("ZOO_WEIGHTS_URL", server.url)
        store.read(checkpoint)
    kept = json.loads(receipts.path(checkpoint.file).read_text())
    receipts.path(checkpoint.file).write_text(json.dumps({**kept, "sha256": "0" * 64}))
    monkeypatch.setenv("ZOO_OFFLINE", "1")
    with pytest.raises(weights.WeightsError, match=r"expected sha256 0{64}, got"):
        store.read(checkpoint)


@pytest.mark.parametrize("content", ["{", "[]", '{"published": "md5:0"}', "\xff"])
def test_a_receipt_that_is_none_or_of_another_row_is_written_anew(content, monkeypatch):
    checkpoint = row()
    receipts.path(checkpoint.file).parent.mkdir(parents=True)
    receipts.path(checkpoint.file).write_text(content)
    with faults.served(faults.well) as server:
        monkeypatch.setenv("ZOO_WEIGHTS_URL", server.url)
        assert store.read(checkpoint) == faults.CONTENT
    assert json.loads(receipts.path(checkpoint.file).read_text())["bytes"] == len(faults.CONTENT)


def test_where_no_receipt_can_be_written_the_published_checksum_is_compared(monkeypatch):
    checkpoint = row()
    place = cache.place(checkpoint)
    place.parent.mkdir(parents=True)
    place.write_bytes(faults.CONTENT)
    (cache.home() / "receipts").write_text("no folder")
    assert store.read(checkpoint) == faults.CONTENT
    place.write_bytes(faults.CONTENT[:-1] + b"x")
    monkeypatch.setenv("ZOO_OFFLINE", "1")
    with pytest.raises(weights.WeightsError, match="expected md5"):
        store.read(checkpoint)


def test_a_file_in_an_archive_is_checked_unpacked(monkeypatch):
    content = archive(("theirs.h5", faults.CONTENT))
    with served(content) as server:
        checkpoint = row("sha1", urls=(f"{server.url}/theirs.h5.zip",))
        assert store.read(checkpoint) == faults.CONTENT
    assert [path.name for path in cache.place(checkpoint).parent.iterdir()] == ["theirs.h5"]


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ([("theirs.h5", b"another")], "another file: expected sha1"),
        ([("../theirs.h5", faults.CONTENT)], "must hold one file and no folder"),
        ([("other.h5", faults.CONTENT)], "holds 'other.h5'. Expected: 'theirs.h5'"),
        ([("theirs.h5", faults.CONTENT), ("more", b"")], "must hold one file"),
        ([("theirs.h5", bytes(10**6))], "holds 1,000,000 bytes. Expected: at most 125,000"),
    ],
)
def test_an_archive_with_anything_else_is_not_kept(members, message):
    with served(archive(*members)) as server:
        checkpoint = row("sha1", urls=(f"{server.url}/theirs.h5.zip",))
        with pytest.raises(weights.WeightsError, match=message):
            store.read(checkpoint)
    assert not cache.place(checkpoint).exists()


def test_without_a_size_the_number_of_weights_is_the_bound(monkeypatch):
    monkeypatch.undo()
    assert row().largest == 125_000
    assert fetching.limits(row()).size == 125_000
    assert row(size=7).largest == 7


@pytest.mark.parametrize(
    ("algorithm", "value"),
    [("crc32", "0" * 8), ("md5", "0" * 31), ("sha256", "0" * 40), ("sha1", "Z" * 40), ("sha256", "A" * 64), ("", "")],
)
def test_a_checksum_that_is_none_is_refused(algorithm, value):
    with pytest.raises(ValueError, match="algorithm of checksums|Expected .* hexadecimal digits"):
        weights.Digest(algorithm, value)
