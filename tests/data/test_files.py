"""Files are read if they are regular, and written whole or not at all."""

import os
import pathlib
import subprocess
import sys
import time

import filelock
import pytest

from zoo.data import environment, files


@pytest.mark.parametrize("kind", ["pipe", "device", "socket"])
def test_what_is_no_regular_file_is_refused_at_once(tmp_path, kind):
    path = tmp_path / "x"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        path.symlink_to("/dev/stderr" if not os.path.exists("/dev/log") else "/dev/log")
        if os.path.isfile(path):
            pytest.skip("stderr is a file here")
    with pytest.raises((ValueError, OSError)):
        files.content(path)


def test_a_file_of_another_size_is_not_read(tmp_path, monkeypatch):
    path = tmp_path / "x"
    path.write_bytes(b"1234")
    assert files.content(path) == files.content(path, 4) == b"1234"
    with pytest.raises(ValueError, match=r"x has 4 bytes. Expected: 5,000."):
        files.content(path, 5000)
    with pytest.raises(IsADirectoryError, match="Is a directory"):
        files.content(tmp_path)
    with pytest.raises(FileNotFoundError):
        files.content(tmp_path / "absent")


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "x"
    files.write(path, b"old")
    monkeypatch.setattr("pathlib.Path.replace", lambda *_: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        files.write(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["x"]


def test_a_link_in_the_place_of_a_file_is_replaced(tmp_path):
    (tmp_path / "theirs").write_bytes(b"theirs")
    (tmp_path / "x").symlink_to(tmp_path / "theirs")
    files.write(tmp_path / "x", b"mine")
    assert (tmp_path / "theirs").read_bytes() == b"theirs"
    assert not (tmp_path / "x").is_symlink()


def test_what_is_written_has_the_rights_of_any_file(tmp_path):
    files.write(tmp_path / "x", b"")
    (tmp_path / "y").write_bytes(b"")
    assert (tmp_path / "x").stat().st_mode == (tmp_path / "y").stat().st_mode


PROGRAM = """
import pathlib, sys, time
from zoo.data import files
with files.staged(pathlib.Path(sys.argv[1])) as folder:
    (folder / "half").write_bytes(b"half")
    print("written", flush=True)
    time.sleep(60)
"""


def test_what_a_killed_process_left_is_removed_by_the_next(tmp_path):
    command = [sys.executable, "-c", PROGRAM, tmp_path]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        process.stdout.readline()
        (left,) = tmp_path.iterdir()
        age(left)
        files.write(tmp_path / "x", b"")
        assert (left / "half").read_bytes() == b"half"  # it is at work
        process.kill()
    age(left)
    files.write(tmp_path / "y", b"")
    assert sorted(os.listdir(tmp_path)) == ["x", "y"]


def test_a_folder_without_a_lock_yet_is_left_alone(tmp_path):
    young = tmp_path / f"{files.STAGE}young"
    young.mkdir()
    files.write(tmp_path / "x", b"")
    assert young.exists()


def test_a_link_in_the_place_of_a_lock_is_not_followed(tmp_path):
    (tmp_path / "theirs").write_bytes(b"theirs")
    (tmp_path / "lock").symlink_to(tmp_path / "theirs")
    with pytest.raises(OSError, match="lock"), files.locked(tmp_path / "lock"):
        pass
    assert (tmp_path / "theirs").read_bytes() == b"theirs"


def test_a_lock_is_held_by_one(tmp_path):
    with files.locked(tmp_path / "lock") as mine:
        assert mine
        with pytest.raises(filelock.Timeout), files.locked(tmp_path / "lock"):
            pass
    with files.locked(tmp_path / "lock") as mine:
        assert mine


def age(folder):
    long_ago = time.time() - 2 * files.YOUNG
    os.utime(folder, (long_ago, long_ago))


def test_a_user_without_a_home_has_a_place(monkeypatch, tmp_path):
    for variable in ("HOME", "ZOO_HOME", "ZOO_DATA"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr("os.getuid", lambda: 64321)  # nobody's number
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    assert environment.cache() == tmp_path / "zoo-64321"
    assert environment.folder() == tmp_path / "zoo-64321" / "data"
    monkeypatch.setenv("HOME", "/home/me")
    assert environment.cache() == pathlib.Path("/home/me/.cache/zoo")
