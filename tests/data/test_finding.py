"""Which files paths, folders and patterns mean."""

import os

import pytest

from zoo.data import finding


def test_find_files_folders_and_patterns(tmp_path):
    for name in ("b/2.png", "b/1.JPG", "b/notes.txt", "b/deep/3.webp", "c[1].png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "empty").mkdir()

    def found(*paths):
        return [str(p.relative_to(tmp_path)) for p in finding.find(str(tmp_path / path) for path in paths)]

    assert found("b") == ["b/1.JPG", "b/2.png", "b/deep/3.webp"]
    assert found("b/*.png", "b/notes.txt") == ["b/2.png", "b/notes.txt"]
    assert found("c[1].png") == ["c[1].png"]
    assert found("absent*.png", "empty") == ["absent*.png", "empty"]
    (tmp_path / "link.png").symlink_to(tmp_path / "gone.png")
    assert found("link.png", "link*") == ["link.png", "link.png"]
    assert found("[be]*") == ["b/1.JPG", "b/2.png", "b/deep/3.webp", "empty"]


@pytest.fixture
def found(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return lambda *paths: [str(path) for path in finding.find(paths)]


def write(*names):
    for name in names:
        os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
        open(name, "w").close()


def test_two_stars_are_every_folder_below(found):
    write("a/1.png", "a/b/2.png", "a/b/c/3.png", "a/b/c/x.txt", "d/b/4.png")
    assert found("a/**/*.png") == ["a/1.png", "a/b/2.png", "a/b/c/3.png"]
    assert found("**/b/*.png") == ["a/b/2.png", "d/b/4.png"]
    assert found("a/**") == found("a") == ["a/1.png", "a/b/2.png", "a/b/c/3.png"]
    assert found("a/**/*") == ["a/1.png", "a/b/2.png", "a/b/c/3.png", "a/b/c/x.txt"]
    assert found("**/nothing.png") == ["**/nothing.png"]


@pytest.mark.parametrize("path", ["a", "a/**", "a/**/*.png", "**/*.png", "a/**/*"])
def test_links_that_go_round_are_followed_once(found, path):
    """Two of them: a walk that does not remember takes 2 to the power of the depth."""
    write("a/1.png", "a/b/2.png", "elsewhere/3.png")
    for name in ("a/b/up", "a/b/also_up"):
        os.symlink(os.path.abspath("a"), name)
    if not path.startswith("**"):
        os.symlink(os.path.abspath("elsewhere"), "a/linked")
    files = found(path)
    assert sorted(os.path.basename(file) for file in files if file.endswith(".png")) == ["1.png", "2.png", "3.png"]


def test_a_folder_that_may_not_be_read_is_told(found, monkeypatch):
    write("a/1.png", "a/secret/2.png", "a/z/3.png")
    scandir = os.scandir

    def refusing(path):
        if os.path.basename(path) == "secret":
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    assert found("a") == ["a/1.png", "a/secret", "a/z/3.png"]
