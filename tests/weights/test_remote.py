"""Presets that lie elsewhere: fetched once, compared with their list, pinned."""

import contextlib
import http.server
import json
import os
import shutil
import subprocess
import sys
import threading

import faults
import numpy as np
import pytest

import zoo
from zoo import applications, weights
from zoo.weights import locations, preset, publishing, sums
from zoo.weights.remote import pins, places, presets, web

PARTS = {"README.md", "config.json", "model.safetensors", "SHA256SUMS"}


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Faults end in a second."""
    monkeypatch.setattr(web, "limits", lambda most: faults.limits(most))


@contextlib.contextmanager
def served(folder):
    """The address of a folder, and the paths that were asked for."""
    asked = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=str(folder))

        def log_message(self, *_):
            asked.append(self.path)

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
        server.shutdown()


def published(tmp_path, value=1.0, name="small"):
    """A folder in which a small preset is published, which no network fits."""
    config = {"name": "small", "application": "LMResNet", "keywords": {"depth": 8}}
    tensors = {"a": np.full((3, 2), value, "float32")}
    made = preset.write(tmp_path / "made" / str(value) / name, preset.Preset(config, tensors), "# Small\n")
    publishing.publish([made], tmp_path / "public")
    return tmp_path / "public"


def found(folder):
    return {path.name for path in folder.iterdir()}


def test_a_preset_is_fetched_once_and_used_without_asking(tmp_path):
    public = published(tmp_path)
    with served(public) as (url, asked):
        folder = locations.local(f"{url}/small/")
        assert found(folder) == PARTS
        assert len(asked) == 4
        assert locations.local(f"{url}/small") == folder
        assert len(asked) == 4
    assert locations.local(f"{url}/small") == folder  # the server is gone
    for name in PARTS:
        assert (folder / name).read_bytes() == (public / "small" / name).read_bytes()
    pin = pins.read(f"{url}/small")
    assert pin == pins.Pin(f"{url}/small", sums.digest(public / "small"))


def test_every_command_and_argument_takes_a_location(tmp_path, run, monkeypatch):
    model = applications.identity.identify(applications.LMResNet(weights=None, depth=8, classes=2), ["rose", "tulip"])
    publishing.publish([zoo.save(model, tmp_path / "flowers")], tmp_path / "public")
    picture = applications.probe_picture((32, 32, 3))
    with served(tmp_path / "public") as (url, _):
        location = f"{url}/flowers"
        loaded = zoo.load(location)
        np.testing.assert_array_equal(loaded(picture), model(picture))
        assert zoo.labels(loaded) == ("rose", "tulip")
        trunk = applications.LMResNet(weights=location, depth=8, classes=5)
        for key in ("stem/kernel",):
            np.testing.assert_array_equal(weights.keys.arrays_of(trunk)[key], weights.keys.arrays_of(model)[key])
        code, out, _ = run("show", location)
        assert code == 0
        assert "classes      rose, tulip" in out
        code, out, _ = run("weights", "fetch", location)
        assert (code, out.strip()) == (0, str(places.place(location)))
    assert zoo.labels(zoo.load((tmp_path / "public" / "flowers").as_uri())) == ("rose", "tulip")


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "README.md", "SHA256SUMS"])
def test_a_damaged_copy_is_fetched_anew(tmp_path, name):
    with served(published(tmp_path)) as (url, asked):
        folder = locations.local(f"{url}/small")
        before = (folder / name).read_bytes()
        (folder / name).write_bytes(before[:-2] + b"\n\n")
        assert presets.problems(folder, pins.read(f"{url}/small").sha256)
        assert locations.local(f"{url}/small") == folder
        assert (folder / name).read_bytes() == before
        assert len(asked) == 8
        assert found(folder.parent) == {"small", "small.damaged"}


def test_another_preset_at_the_same_address_is_refused_until_the_first_is_forgotten(tmp_path, run):
    public = published(tmp_path)
    with served(public) as (url, _):
        location = f"{url}/small"
        folder = locations.local(location)
        published(tmp_path, 2.0)
        locations.local(location)  # what was pinned is here, and nobody is asked
        shutil.rmtree(folder)
        with pytest.raises(ValueError, match=r"is another one than was pinned. Expected: SHA256SUMS of sha256 \w{64}"):
            locations.local(location)
        assert not folder.exists()
        code, out, _ = run("weights", "forget", location)
        assert code == 0
        assert str(pins.path(location)) in out
        assert run("weights", "forget", location)[0] == 1
        assert preset.read(locations.local(location)).tensors["a"][0, 0] == 2


def test_a_digest_pins_from_the_start(tmp_path):
    public = published(tmp_path)
    digest = sums.digest(public / "small")
    with served(public) as (url, _):
        with pytest.raises(ValueError, match="is another one than was pinned"):
            locations.local(f"{url}/small#sha256={'0' * 64}")
        assert not places.place(f"{url}/small").exists()
        assert pins.read(f"{url}/small") is None
        assert locations.local(f"{url}/small#sha256={digest}").is_dir()
        with pytest.raises(ValueError, match="Expected #sha256= and 64 hexadecimal digits"):
            locations.local(f"{url}/small#sha256={digest[:8]}")
    local = (public / "small").as_uri()
    assert locations.local(f"{local}#sha256={digest}") == public / "small"
    with pytest.raises(ValueError, match="is another one than was pinned"):
        locations.local(f"{local}#sha256={'0' * 64}")


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "README.md"])
def test_a_file_that_is_not_the_listed_one_is_not_kept(tmp_path, name):
    public = published(tmp_path)
    content = (public / "small" / name).read_bytes()
    (public / "small" / name).write_bytes(content.replace(b"a", b"b"))
    with served(public) as (url, _):
        with pytest.raises(weights.WeightsError, match=f"{name} is not the file that SHA256SUMS beside it lists"):
            locations.local(f"{url}/small")
        (public / "small" / name).write_bytes(content)
        assert found(locations.local(f"{url}/small")) == PARTS


def test_a_local_preset_is_compared_with_the_list_beside_it(tmp_path):
    folder = published(tmp_path) / "small"
    preset.read(folder)
    content = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(content[:-1] + b"\x01")
    with pytest.raises(ValueError, match=r"model.safetensors is not the file .* if you changed it yourself, remove"):
        preset.read(folder)
    (folder / "SHA256SUMS").unlink()
    preset.read(folder)


def test_no_more_bytes_are_taken_than_the_preset_says(tmp_path):
    public = published(tmp_path) / "small"
    with (public / "model.safetensors").open("ab") as file:
        file.write(b"more")
    sums.write(public)
    with served(public.parent) as (url, _), pytest.raises(weights.WeightsError, match="it has more than the 216 bytes"):
        locations.local(f"{url}/small")


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        ("SHA256SUMS", "there is no SHA256SUMS; expected what zoo weights publish puts there"),
        ("model.safetensors", "there is no model.safetensors"),
    ],
)
def test_what_is_no_preset_is_said(tmp_path, missing, message):
    public = published(tmp_path)
    (public / "small" / missing).unlink()
    with served(public) as (url, _), pytest.raises(weights.WeightsError, match=message):
        locations.local(f"{url}/small")
    assert not places.place(f"{url}/small").exists()


def test_a_list_that_is_none_is_said(tmp_path):
    public = published(tmp_path)
    (public / "small" / "SHA256SUMS").write_text("<html>Please log in</html>")
    with served(public) as (url, _), pytest.raises(weights.WeightsError, match="is no list of digests"):
        locations.local(f"{url}/small")


@pytest.mark.parametrize(
    ("location", "message"),
    [
        ("http://example.org/flowers", "is not asked. Expected: https://"),
        ("https://example.org/model.keras", "a .keras file is read from this machine only"),
        ("hf://flowers", "Expected hf://user/repo or hf://user/repo@revision"),
        ("hf://me/../flowers", "Expected hf://user/repo"),
        ("hf://me/flowers@a b", "Expected hf://user/repo"),
        ("s3://", "Expected s3://bucket/folder"),
        ("https://example.org/x#md5=0", "Expected #sha256= and 64 hexadecimal digits"),
    ],
)
def test_locations_that_are_not_asked(location, message, run):
    with pytest.raises(ValueError, match=message):
        locations.local(location)
    for command in (["show", location], ["predict", "a.png", "--model", location], ["weights", "fetch", location]):
        code, out, err = run(*command)
        assert (code, out) == (1, "")
        assert message in err.replace("\n", " ")


def test_offline_asks_nobody(tmp_path, monkeypatch):
    with served(published(tmp_path)) as (url, asked):
        monkeypatch.setenv("ZOO_OFFLINE", "1")
        with pytest.raises(weights.WeightsError, match="is not in the cache, and ZOO_OFFLINE is set"):
            locations.local(f"{url}/small")
        assert asked == []
        monkeypatch.delenv("ZOO_OFFLINE")
        folder = locations.local(f"{url}/small")
        monkeypatch.setenv("ZOO_OFFLINE", "1")
        assert locations.local(f"{url}/small") == folder


def test_a_password_is_sent_and_kept_nowhere(tmp_path):
    with served(published(tmp_path)) as (url, _):
        secret = url.replace("//", "//me:secret@") + "/small?signature=hidden"
        locations.local(secret)
        text = "".join(path.read_text() for path in (weights.home() / "pins").iterdir())
    assert "secret" not in text
    assert "hidden" not in text


PROGRAM = "import sys; from zoo.weights import locations; print(locations.local(sys.argv[1]))"


def test_four_processes_fetch_once(tmp_path):
    with served(published(tmp_path)) as (url, asked):
        command = [sys.executable, "-c", PROGRAM, f"{url}/small"]
        processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ) for _ in range(4)]
        answers = {each.communicate(timeout=60)[0].strip() for each in processes}
    assert answers == {str(places.place(f"{url}/small"))}
    assert len(asked) == 4


def test_a_full_disk_says_so_and_the_next_call_succeeds(tmp_path):
    full = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
    public = published(tmp_path)
    with served(public) as (url, _):
        command = [sys.executable, "-c", full + PROGRAM, f"{url}/small"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert "cannot be written (File too large); name another folder in ZOO_HOME" in done.stderr
        assert not places.place(f"{url}/small").exists()
        assert found(locations.local(f"{url}/small")) == PARTS


def test_what_is_in_the_cache_is_read_without_writing(tmp_path, monkeypatch):
    with served(published(tmp_path)) as (url, _):
        folder = locations.local(f"{url}/small")
        monkeypatch.setattr(presets.cache, "alone", lambda name: pytest.fail("locked"))
        assert locations.local(f"{url}/small") == folder


def test_what_a_preset_from_outside_names_is_not_run(tmp_path):
    config = {"name": "evil", "application": "os.system", "keywords": {}}
    folder = preset.write(tmp_path / "made" / "evil", preset.Preset(config, {"a": np.ones(2)}), "")
    publishing.publish([folder], tmp_path / "public")
    with served(tmp_path / "public") as (url, _), pytest.raises(ValueError, match="Unknown application: 'os.system'"):
        zoo.load(f"{url}/evil")


def test_verify_and_prune_know_the_presets_of_the_cache(tmp_path, run, released):
    with served(published(tmp_path)) as (url, _):
        folder = locations.local(f"{url}/small")
        assert f"small: {folder}" in run("weights", "verify")[1]
        (folder / "model.safetensors").write_bytes(b"damaged")
        code, _, err = run("weights", "verify")
        assert code == 1
        assert f"small: {folder}/model.safetensors is not the file" in err.replace("\n", " ")
        locations.local(f"{url}/small")
    assert run("weights", "verify")[0] == 0
    assert run("weights", "prune")[1].split() == [f"{folder}.damaged"]
    assert found(folder.parent) == {"small"}


def test_a_pin_that_is_not_readable_says_what_to_do(tmp_path):
    with served(published(tmp_path)) as (url, _):
        locations.local(f"{url}/small")
        pins.path(f"{url}/small").write_text(json.dumps({"address": 1}))
        with pytest.raises(ValueError, match="is not readable .* Remove it to fetch the preset anew"):
            locations.local(f"{url}/small")
