"""Downloads from a server with faults: the right file, or one clear line within the time limit."""

import functools
import os
import signal
import subprocess
import sys
import time

import faults
import pytest

from zoo import weights
from zoo.weights import addresses, cache, download, fetching


@pytest.fixture(autouse=True)
def quick(monkeypatch, tmp_path):
    """Short limits, and no copy but the server's."""
    monkeypatch.setattr(fetching, "limits", lambda checkpoint: faults.QUICK)
    monkeypatch.setattr(weights.store, "PACKAGE", tmp_path / "checkout" / "zoo" / "weights")
    monkeypatch.setattr(time, "sleep", functools.partial(_shorter, time.sleep))


def _shorter(sleep, seconds):
    sleep(min(seconds, 0.05) if seconds == 1 else seconds)  # pooch waits a second before its second try


@pytest.mark.parametrize("fault", faults.FAULTS, ids=lambda fault: fault.name)
def test_a_fault_gives_the_file_or_one_line_and_the_next_call_recovers(fault, monkeypatch):
    row = faults.checkpoint()
    with faults.served(*fault.answers) as server:
        monkeypatch.setenv("ZOO_WEIGHTS_URL", server.url)
        began = time.monotonic()
        outcome = faults.outcome(row)
        assert time.monotonic() - began < 15
        assert server.asked == fault.asked
        assert fault.outcome in outcome
        assert "\n" not in outcome
        server.answers = [faults.well]
        assert faults.outcome(row) == faults.GOOD
    assert [path.name for path in cache.place(row).parent.iterdir()] == [row.file.name]


def test_the_table_of_the_document_is_the_one_that_is_tested():
    text = faults.DOCUMENT.read_text("utf-8")
    assert faults.written(text) == text, "python tests/weights/faults.py writes it"


def test_the_next_address_is_tried(monkeypatch):
    import dataclasses

    with faults.served(faults.status("404 Not Found")) as bad, faults.served(faults.well) as good:
        row = faults.checkpoint()
        urls = (f"{bad.url}/x", f"{good.url}/x")
        row = dataclasses.replace(row, file=dataclasses.replace(row.file, urls=urls))
        assert faults.outcome(row) == faults.GOOD
        assert (bad.asked, good.asked) == (1, 1)


def test_a_password_and_a_signature_are_sent_and_never_shown(monkeypatch):
    heard = []

    def listen(connection, server):
        heard.append(server.request)
        faults.status("403 Forbidden")(connection, server)

    with faults.served(listen) as server:
        monkeypatch.setenv("ZOO_WEIGHTS_URL", server.url.replace("//", "//me:secret@") + "/folder?signature=hidden")
        outcome = faults.outcome(faults.checkpoint())
    assert b"GET /folder/played-00000000.safetensors?signature=hidden HTTP/1.1" in heard[0]
    assert b"Authorization: Basic" in heard[0]
    assert "secret" not in outcome
    assert "hidden" not in outcome
    assert "/folder/played-00000000.safetensors?…: HTTP 403" in outcome


@pytest.mark.parametrize(
    "url",
    ["http://example.org/weights", "ftp://example.org", "https:///no-host", "//example.org", "data:,x", "weights"],
)
def test_addresses_that_are_not_asked(url, monkeypatch):
    with pytest.raises(ValueError, match="is not asked. Expected: https://, file://, or http:// on this machine"):
        addresses.check(url)
    monkeypatch.setenv("ZOO_WEIGHTS_URL", url)
    assert "is not asked" in faults.outcome(faults.checkpoint())


@pytest.mark.parametrize("kind", ["damaged", "folder", "dangling link", "empty"])
def test_what_lies_in_the_place_of_the_file_is_set_aside(kind, monkeypatch):
    row = faults.checkpoint()
    place = cache.place(row)
    place.parent.mkdir(parents=True)
    if kind == "folder":
        place.mkdir()
        (place / "mine").write_text("mine")
    elif kind == "dangling link":
        place.symlink_to("/nowhere/at/all")
    else:
        place.write_bytes(b"" if kind == "empty" else b"damaged")
    for _ in range(2):
        with faults.served(faults.well) as server:
            monkeypatch.setenv("ZOO_WEIGHTS_URL", server.url)
            assert faults.outcome(row) == faults.GOOD
    aside = place.with_name(f"{row.file.name}.damaged")
    assert sorted(path.name for path in place.parent.iterdir()) == [row.file.name, aside.name]
    if kind == "folder":
        assert (aside / "mine").read_text() == "mine"


@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
def test_what_is_cached_has_the_rights_of_any_file(mask, monkeypatch):
    row = faults.checkpoint()
    with faults.served(faults.well) as server:
        monkeypatch.setenv("ZOO_WEIGHTS_URL", server.url)
        before = os.umask(mask)
        try:
            assert faults.outcome(row) == faults.GOOD
        finally:
            os.umask(before)
    assert cache.place(row).stat().st_mode & 0o777 == 0o666 & ~mask


def test_a_cache_that_cannot_be_written_says_so(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ZOO_HOME", str(tmp_path / "file" / "cache"))
    with faults.served(faults.well) as server:
        monkeypatch.setenv("ZOO_WEIGHTS_URL", server.url)
        outcome = faults.outcome(faults.checkpoint())
    assert "cannot be written" in outcome
    assert "ZOO_HOME" in outcome
    assert "Errno" not in outcome


FULL = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))  # of the file's 102,400 bytes
"""


def test_a_full_disk_says_so_and_the_next_call_succeeds(tmp_path):
    home = tmp_path / "home"
    with faults.served(faults.well) as server:
        out, _ = process(home, server.url, FULL).communicate(timeout=60)
        assert f"the cache {home} cannot be written (File too large); name another folder in ZOO_HOME" in out
        assert [path.name for path in (home / "weights").iterdir()] == []
        out, _ = process(home, server.url).communicate(timeout=60)
        assert out.split("\n")[1] == faults.GOOD


@pytest.mark.skipif(sys.platform != "linux", reason="a folder in which nobody can write, not even root")
def test_a_folder_in_which_nobody_can_write(monkeypatch):
    monkeypatch.setenv("ZOO_HOME", "/proc/zoo")
    with faults.served(faults.well) as server:
        monkeypatch.setenv("ZOO_WEIGHTS_URL", server.url)
        assert "the cache /proc/zoo cannot be written" in faults.outcome(faults.checkpoint())


def test_reading_needs_no_lock_and_no_writing(monkeypatch):
    row = faults.checkpoint()
    place = cache.place(row)
    place.parent.mkdir(parents=True)
    place.write_bytes(faults.CONTENT)
    monkeypatch.setattr(fetching, "fetch", lambda *_: pytest.fail("fetched"))
    assert faults.outcome(row) == faults.GOOD
    assert not cache.lock(row.file.name).exists()


def test_the_least_rate_is_that_of_the_environment(monkeypatch):
    assert download.Limits(size=1).rate == 1000
    monkeypatch.setenv("ZOO_LEAST_RATE", "5e6")
    assert download.Limits(size=1).rate == 5e6


PROGRAM = """
import sys, pathlib
sys.path.insert(0, sys.argv[1])
import faults
from zoo import weights
weights.store.PACKAGE = pathlib.Path("/nowhere/zoo/weights")
print("began", flush=True)
print(faults.outcome(faults.checkpoint()), flush=True)
"""


def process(home, url, before=""):
    folder = os.path.dirname(faults.__file__)
    environment = {**os.environ, "ZOO_HOME": str(home), "ZOO_WEIGHTS_URL": url}
    command = [sys.executable, "-c", before + PROGRAM, folder]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


def slowly(connection, server):
    connection.sendall(faults.head())
    for start in range(0, len(faults.CONTENT), 4096):
        connection.sendall(faults.CONTENT[start : start + 4096])
        time.sleep(0.04)


def test_eight_processes_on_an_empty_cache_fetch_once(tmp_path):
    with faults.served(slowly) as server:
        processes = [process(tmp_path / "home", server.url) for _ in range(8)]
        answers = [each.communicate(timeout=120) for each in processes]
        assert [out.split("\n")[1] for out, _ in answers] == 8 * [faults.GOOD], answers
        assert server.asked == 1
    assert [path.name for path in (tmp_path / "home" / "weights").iterdir()] == [faults.checkpoint().file.name]


KILLS = int(os.environ.get("ZOO_KILLS", 10))
"""`make soak` sets more."""


@pytest.mark.slow
@pytest.mark.parametrize("pause", [number / KILLS for number in range(KILLS)])
def test_a_kill_in_a_download_leaves_nothing_that_is_taken_for_the_file(tmp_path, pause):
    home = tmp_path / "home"
    with faults.served(slowly) as server:
        killed = process(home, server.url)
        assert killed.stdout.readline() == "began\n"
        time.sleep(pause)
        killed.send_signal(signal.SIGKILL)
        killed.communicate()
        row = faults.checkpoint()
        place = home / "weights" / row.file.name
        assert not place.exists() or place.read_bytes() == faults.CONTENT
        for left in (home / "weights").glob(".zoo-*"):
            os.utime(left, (0, 0))
        os.environ["ZOO_HOME"], os.environ["ZOO_WEIGHTS_URL"] = str(home), server.url
        assert faults.outcome(row) == faults.GOOD
    assert [path.name for path in (home / "weights").iterdir()] == [row.file.name]
