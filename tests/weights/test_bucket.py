"""A bucket, played by moto's server."""

import contextlib
import os
import subprocess
import sys

import numpy as np
import pytest
import requests

from zoo.weights import preset, publishing, sums
from zoo.weights.remote import bucket, places

moto = pytest.importorskip("moto.server")
pytestmark = pytest.mark.slow


@pytest.fixture
def server(monkeypatch):
    """The address of a server with an empty bucket called ``models``; who uses the client is logged in."""
    import logging

    logging.getLogger("werkzeug").setLevel("ERROR")
    server = moto.ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    url = "http://{}:{}".format(*server.get_host_and_port())
    for name, value in {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "played",
        "AWS_SECRET_ACCESS_KEY": "played",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)
    assert requests.put(f"{url}/models", timeout=10).ok
    yield url
    requests.post(f"{url}/moto-api/reset", timeout=10)
    server.stop()


def call(*arguments):
    """The command line in a process of its own: the client keeps threads and sessions."""
    command = [sys.executable, "-c", "from zoo.cli.main import main; main()", *map(str, arguments)]
    done = subprocess.run(command, env=os.environ, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout.strip(), " ".join(done.stderr.split())


def small(folder, value=1.0):
    config = {"name": "small", "application": "LMResNet", "keywords": {"depth": 8}}
    return preset.write(folder, preset.Preset(config, {"a": np.full(3, value, "float32")}), "# Small\n")


def test_presets_and_releases_go_out_and_come_back_equal(server, tmp_path):
    folder = small(tmp_path / "small")
    code, out, err = call("weights", "publish", folder, "resnet20-cifar10", "--to", "s3://models/team")
    assert (code, out) == (0, "s3://models/team"), err
    code, out, err = call("weights", "fetch", "s3://models/team/small")
    assert code == 0, err
    for name in ("config.json", "model.safetensors", "README.md"):
        assert (places.place("s3://models/team/small") / name).read_bytes() == (folder / name).read_bytes()
    # more is added, and the lists know all of it
    code, _, err = call(
        "weights", "publish", "lm_resnet20-cifar10", small(tmp_path / "other"), "--to", "s3://models/team"
    )
    assert code == 0, err
    there = tmp_path / "there"
    there.mkdir()
    for name in (sums.NAME, publishing.MANIFEST):
        bucket.Bucket("s3://models/team").get(name, there / name, 10**6, lambda done: None)
    listed = sums.read(there)
    assert {"small/config.json", "other/config.json", "manifest.json", "resnet20-cifar10.md"} < set(listed)
    assert {row["name"] for row in publishing._rows(there / publishing.MANIFEST)} == {
        "resnet20-cifar10",
        "lm_resnet20-cifar10",
    }


def test_a_public_bucket_needs_no_login_and_is_a_mirror_by_http(server, tmp_path, monkeypatch):
    code, _, err = call("weights", "publish", small(tmp_path / "small"), "--to", "s3://models/team")
    assert code == 0, err
    code, _, err = call("weights", "fetch", f"{server}/models/team/small")
    assert (code, "HTTP 403" in err) == (1, True), err
    for name in ("SHA256SUMS", "README.md", "config.json", "model.safetensors"):
        headers = {
            "x-amz-acl": "public-read",
            "Authorization": "AWS4-HMAC-SHA256 Credential=played/x/us-east-1/s3/aws4",
        }
        requests.put(f"{server}/models/team/small/{name}?acl", headers=headers, timeout=10).raise_for_status()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    for location in (f"{server}/models/team/small", "s3://models/team/small"):
        code, out, err = call("weights", "fetch", location)
        assert code == 0, err
        assert preset.read(out).tensors["a"][0] == 1


def test_what_goes_wrong_is_one_line(server, tmp_path):
    for location, message in (
        ("s3://models/nothing", "No preset could be had from s3://models/nothing: there is no SHA256SUMS"),
        ("s3://nobody/nothing", "there is no SHA256SUMS"),
    ):
        code, _, err = call("weights", "fetch", location)
        assert (code, message in err) == (1, True), err
    code, _, err = call("weights", "publish", small(tmp_path / "small"), "--to", "s3://nobody/team")
    assert (code, "s3://nobody/team" in err) == (1, True), err
    path = small(tmp_path / "large")
    with (path / "model.safetensors").open("ab") as file:
        file.write(b"more")
    with contextlib.closing(open(path / "model.safetensors", "rb")) as file:
        content = file.read()
    assert len(content) > 4
    code, _, err = call("weights", "publish", path, "--to", "s3://models/team")
    assert code == 1, "it is no readable preset"


def test_without_the_library_it_is_said_how_to_get_it(monkeypatch, run):
    import importlib.util

    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None if name == "s3fs" else find(name, *rest))
    code, _, err = run("show", "s3://models/team")
    assert code == 1
    assert "pip install 'odezoo[s3]'" in err
