"""The Hugging Face Hub, played by a local server that answers the real client."""

import json
import os
import pathlib
import re
import subprocess
import sys

import numpy as np
import played_hub
import pytest

import zoo
from zoo import applications, weights
from zoo.weights import preset, sums
from zoo.weights.remote import pins

pytestmark = pytest.mark.slow
COMMAND = "from zoo.cli.main import main; main()"


@pytest.fixture
def hub():
    with played_hub.played() as hub:
        yield hub


@pytest.fixture
def call(hub, tmp_path):
    """The command line in a process of its own, since the client reads its endpoint when it is imported."""

    def call(*arguments, **variables):
        environment = {
            **os.environ,
            "HF_ENDPOINT": hub.url,
            "HF_HOME": str(tmp_path / "hf"),
            "HF_TOKEN": "hf_played",
            "HF_HUB_DISABLE_XET": "1",
            **variables,
        }
        command = [sys.executable, "-c", COMMAND, *map(str, arguments)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
        return done.returncode, done.stdout.strip(), " ".join(done.stderr.split())

    return call


def small(folder, value=1.0):
    config = {"name": "small", "application": "LMResNet", "keywords": {"depth": 8}}
    return preset.write(folder, preset.Preset(config, {"a": np.full(3, value, "float32")}), "# Small\n")


def test_a_preset_goes_out_and_comes_back_equal(hub, call, tmp_path):
    model = applications.identity.identify(applications.LMResNet(weights=None, depth=8, classes=2), ["rose", "tulip"])
    folder = zoo.save(model, tmp_path / "flowers")
    code, out, err = call("weights", "publish", folder, "--to", "hf://me/flowers")
    assert code == 0, err
    commit = hub.branches["me/flowers", "main"]
    assert out == f"hf://me/flowers@{commit}"
    assert set(hub.commits["me/flowers"][commit]) == {"README.md", "config.json", "model.safetensors", "SHA256SUMS"}
    assert "POST /api/validate-yaml" in hub.asked
    assert "POST /me/flowers.git/info/lfs/objects/batch" in hub.asked
    code, out, err = call("weights", "fetch", "hf://me/flowers")
    assert code == 0, err
    pin = pins.read("hf://me/flowers")
    assert (pin.revision, len(pin.sha256)) == (commit, 64)
    hub.asked.clear()
    loaded = zoo.load("hf://me/flowers")  # from the cache
    picture = applications.probe_picture((32, 32, 3))
    np.testing.assert_array_equal(loaded(picture), model(picture))
    assert zoo.labels(loaded) == ("rose", "tulip")
    assert hub.asked == []


def test_a_release_goes_out_as_a_preset(hub, call):
    code, _, err = call("weights", "publish", "resnet20-cifar10", "--to", "hf://me/resnet20")
    assert code == 0, err
    code, out, err = call("weights", "fetch", "hf://me/resnet20")
    assert code == 0, err
    loaded = zoo.load("hf://me/resnet20")
    row = weights.get("resnet20-cifar10")
    assert zoo.checkpoint(loaded) == row
    assert zoo.labels(loaded) == row.task.classes
    picture = applications.probe_picture(row.task.input_shape)
    np.testing.assert_array_equal(loaded(picture), zoo.load("resnet20-cifar10")(picture))


def test_a_revision_is_one_commit_and_stays_it(hub, call, tmp_path):
    for value in (1.0, 2.0):
        assert call("weights", "publish", small(tmp_path / f"small{value}", value), "--to", "hf://me/small")[0] == 0
    first, second = hub.commits["me/small"]
    code, out, err = call("weights", "fetch", f"hf://me/small@{first}")
    assert code == 0, err
    assert preset.read(out).tensors["a"][0] == 1
    code, here, err = call("weights", "fetch", "hf://me/small")
    assert preset.read(here).tensors["a"][0] == 2
    assert call("weights", "publish", small(tmp_path / "third", 3.0), "--to", "hf://me/small")[0] == 0
    hub.asked.clear()
    (pathlib.Path(here) / "model.safetensors").write_bytes(b"damaged")
    assert call("weights", "fetch", "hf://me/small")[0] == 0  # the pinned commit, though main has moved
    assert preset.read(here).tensors["a"][0] == 2
    asked = {re.search("resolve/([^/]+)/", line)[1] for line in hub.asked if "/resolve/" in line}
    assert asked <= {second}
    assert call("weights", "forget", "hf://me/small")[0] == 0
    assert call("weights", "fetch", "hf://me/small")[0] == 0
    assert preset.read(here).tensors["a"][0] == 3


def test_a_branch_can_be_written(hub, call, tmp_path):
    code, _, err = call("weights", "publish", small(tmp_path / "small"), "--to", "hf://me/small@dev")
    assert code == 0, err
    assert hub.branches["me/small", "dev"] in hub.commits["me/small"]
    assert call("weights", "fetch", "hf://me/small@dev")[0] == 0


def test_a_repository_of_another_program_needs_no_list(hub, call, tmp_path):
    folder = small(tmp_path / "small")
    files = {name: (folder / name).read_bytes() for name in ("config.json", "model.safetensors")}
    commit = hub.commit("they/small", {**files, "pytorch_model.bin": b"a pickle"})
    code, out, err = call("weights", "fetch", "hf://they/small")
    assert code == 0, err
    assert set(os.listdir(out)) == {"config.json", "model.safetensors", "SHA256SUMS"}
    assert pins.read("hf://they/small").revision == commit
    hub.commit("they/small", {"model.safetensors": b"another"})
    (pathlib.Path(out) / "config.json").unlink()
    assert call("weights", "fetch", "hf://they/small")[0] == 0
    assert preset.read(out).tensors["a"][0] == 1


def test_what_is_cached_by_the_hub_serves_offline(hub, call, tmp_path):
    call("weights", "publish", small(tmp_path / "small"), "--to", "hf://me/small")
    assert call("weights", "fetch", "hf://me/small")[0] == 0
    assert call("weights", "forget", "hf://me/small")[0] == 0
    hub.asked.clear()
    for variables in ({"ZOO_OFFLINE": "1"}, {"HF_HUB_OFFLINE": "1"}):
        code, out, err = call("weights", "fetch", "hf://me/small", **variables)
        assert code == 0, err
        assert sums.read(pathlib.Path(out))
        call("weights", "forget", "hf://me/small")
    assert hub.asked == []
    code, _, err = call("weights", "fetch", "hf://me/other", ZOO_OFFLINE="1")
    assert code == 1
    assert "No preset could be had from hf://me/other" in err


def test_what_goes_wrong_is_one_line(hub, call, tmp_path):
    call("weights", "publish", small(tmp_path / "small"), "--to", "hf://me/small")
    code, _, err = call("weights", "fetch", "hf://me/nothing")
    assert (code, "Repository Not Found" in err) == (1, True), err
    code, _, err = call("weights", "fetch", "hf://me/small@nowhere")
    assert (code, "Revision Not Found" in err) == (1, True), err
    hub.commit("me/small", {"config.json": json.dumps({"format": 1, "bytes": 10}).encode()})
    code, _, err = call("weights", "fetch", "hf://me/small")
    assert (code, "config.json is not the file that SHA256SUMS beside it lists" in err) == (1, True), err
    hub.commit(
        "they/large",
        {"config.json": json.dumps({"format": 1, "bytes": 10}).encode(), "model.safetensors": b"more than ten bytes"},
    )
    code, _, err = call("weights", "fetch", "hf://they/large")
    assert (code, "model.safetensors has 19 bytes, more than the 10 that are expected" in err) == (1, True), err
    hub.faults[r"/commit/"] = 403
    code, _, err = call("weights", "publish", small(tmp_path / "again"), "--to", "hf://me/small")
    assert (code, "hf://me/small does not take it" in err) == (1, True), err
    code, _, err = call("weights", "publish", "resnet20-cifar10", small(tmp_path / "two"), "--to", "hf://me/small")
    assert (code, "A repository of the hub holds one model. Received 2" in err) == (1, True), err


def test_without_the_library_it_is_said_how_to_get_it(monkeypatch, run):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    for command in (["show", "hf://me/small"], ["weights", "publish", "resnet20-cifar10", "--to", "hf://me/small"]):
        code, _, err = run(*command)
        assert code == 1
        assert "pip install 'odezoo[hub]'" in err
