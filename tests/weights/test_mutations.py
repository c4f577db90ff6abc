"""Manifests, presets and weight files with random damage: never a hang, a write elsewhere, or a silently wrong load."""

import contextlib
import copy
import io
import json
import os
import pathlib
import select
import subprocess
import sys
import zipfile

import h5py
import hypothesis
import numpy as np
import pytest
from hypothesis import strategies

from zoo import weights
from zoo.weights import file, preset, sums

pytestmark = pytest.mark.slow
CASES = int(os.environ.get("ZOO_CASES", 200))
"""Of all kinds together; `make soak` sets more."""
PROCESS = pathlib.Path(__file__).with_name("mutation_process.py")
SECONDS = 30
ODD = [None, True, -1, 0, 2**63, 2**70, 1e308, "", "../x", "/etc/passwd", "a\0b", [], {}, [[]], "é" * 300, "NaN"]
TENSORS = {f"layer{number}/kernel": np.arange(12, dtype="float32").reshape(3, 4) + number for number in range(3)}


class Child:
    """The process that reads, started anew when it has died."""

    def __init__(self, folder, **environment):
        self.folder, self.environment, self.process, self.deaths = folder, environment, None, 0

    def ask(self, kind, path):
        if self.process is None:
            self.process = subprocess.Popen(
                [sys.executable, PROCESS, self.folder],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, **self.environment, "TF_CPP_MIN_LOG_LEVEL": "3"},
                cwd=self.folder,
            )
        self.process.stdin.write(json.dumps({"kind": kind, "path": str(path)}).encode() + b"\n")
        self.process.stdin.flush()
        ready, _, _ = select.select([self.process.stdout], [], [], SECONDS)
        line = self.process.stdout.readline() if ready else None
        if not line:
            code = self.close()
            self.deaths += 1
            return {"hung": True} if line is None else {"died": code}
        return json.loads(line)

    def close(self):
        if self.process is not None:
            process, self.process = self.process, None
            process.kill()
            process.stdin.close()
            process.stdout.close()
            return process.wait()


@pytest.fixture
def child(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    with contextlib.closing(Child(home, ZOO_HOME=str(home / "cache"), HOME=str(home), TMPDIR=str(home))) as child:
        yield child


@strategies.composite
def damaged(draw, content):
    """The content with a few bytes changed, cut, doubled or put in."""
    content = bytearray(content)
    for _ in range(draw(strategies.integers(1, 3))):
        at = draw(strategies.integers(0, max(len(content) - 1, 0)))
        length = draw(strategies.integers(1, 16))
        kind = draw(strategies.sampled_from(["flip", "cut", "delete", "double", "insert", "large", "zero"]))
        if kind == "flip" and content:
            content[at] ^= 1 << draw(strategies.integers(0, 7))
        elif kind == "cut":
            del content[at:]
        elif kind == "delete":
            del content[at : at + length]
        elif kind == "double":
            content[at:at] = content[at : at + length]
        elif kind == "insert":
            content[at:at] = draw(strategies.binary(min_size=1, max_size=16))
        else:
            content[at : at + 8] = (b"\xff" if kind == "large" else b"\0") * 8
    return bytes(content)


@strategies.composite
def changed(draw, value):
    """The JSON value with one entry somewhere in it replaced, removed, or called otherwise."""
    value = copy.deepcopy(value)
    places = list(_places(value))
    holder, key = draw(strategies.sampled_from(places))
    kind = draw(strategies.sampled_from(["replace", "replace", "remove", "rename"]))
    if kind == "remove":
        del holder[key]
    elif kind == "rename" and isinstance(holder, dict):
        holder[f"{key}x"] = holder.pop(key)
    else:
        holder[key] = draw(strategies.sampled_from(ODD))
    return value


def _places(value):
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, entry in list(entries):
        yield value, key
        yield from _places(entry)


def cases(share):
    return hypothesis.settings(
        max_examples=max(1, int(share * CASES)),
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )


def refused_or(answer, *good):
    """Nothing bad has happened: it is refused, or the answer is one of the good ones (any if there are none)."""
    assert not answer.get("wrote"), answer
    assert "refused" in answer or ("answer" in answer and (not good or answer["answer"] in good)), answer


def small(folder, listed):
    preset.write(
        folder, preset.Preset({"name": "small", "application": "LMResNet", "keywords": {}}, TENSORS), "# Small"
    )
    if listed:
        sums.write(folder)
    return folder


# Without Keras


def test_a_manifest(child, tmp_path):
    rows = [checkpoint.row() for checkpoint in weights.available()[:2]]
    path = tmp_path / "manifest.json"

    @cases(0.2)
    @hypothesis.given(changed(json.loads(json.dumps(rows))))
    def check(value):
        path.write_text(json.dumps(value), "utf-8")
        refused_or(child.ask("manifest", path))

    check()


def test_a_row_that_is_fetched(child, tmp_path):
    """Whatever a row says, what it gives is the file of its checksum."""
    content = file.packed(TENSORS, {})
    digest = weights.Digest.of("sha256", content)
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror" / "small.safetensors").write_bytes(content)
    row = weights.available()[0].row()
    row["file"] = {
        "name": "small.safetensors",
        "bytes": len(content),
        "digest": {"algorithm": "sha256", "value": digest.value},
        "urls": [(tmp_path / "mirror" / "small.safetensors").as_uri()],
    }
    path = tmp_path / "manifest.json"

    @cases(0.15)
    @hypothesis.given(changed(json.loads(json.dumps([row["file"]]))))
    def check(value):
        path.write_text(json.dumps([{**row, "file": value[0] if value else None}]), "utf-8")
        refused_or(child.ask("release", path), digest.value)

    check()


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "SHA256SUMS"])
def test_a_published_preset(child, tmp_path, name):
    """With its list beside it, only the very same is loaded."""
    folder = small(tmp_path / "small", listed=True)
    good = child.ask("preset", folder)["answer"]
    before = (folder / name).read_bytes()

    @cases(0.1)
    @hypothesis.given(damaged(before))
    def check(content):
        (folder / name).write_bytes(content)
        refused_or(child.ask("preset", folder), good)

    check()


def test_a_configuration_without_a_list(child, tmp_path):
    folder = small(tmp_path / "small", listed=False)
    before = (folder / "config.json").read_bytes()

    @cases(0.1)
    @hypothesis.given(damaged(before))
    def check(content):
        (folder / "config.json").write_bytes(content)
        refused_or(child.ask("preset", folder))

    check()


def packed(kind):
    content = io.BytesIO()
    if kind == "safetensors":
        return file.packed(TENSORS, {"name": "a"})
    if kind == "npz":
        np.savez(content, **TENSORS)
    else:
        with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.safetensors", file.packed(TENSORS, {}))
    return content.getvalue()


@pytest.mark.parametrize("kind", ["safetensors", "npz", "zip"])
def test_a_weight_file(child, tmp_path, kind):
    path, before = tmp_path / f"a.{kind}", packed(kind)

    @cases(0.1)
    @hypothesis.given(damaged(before))
    def check(content):
        path.write_bytes(content)
        refused_or(child.ask("weights", path))

    check()


def test_a_file_of_keras(child, tmp_path):
    """HDF5 is read by a library in C: a damaged file may end the process, and then nothing was loaded."""
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as target:
        for name, array in TENSORS.items():
            target[name] = array
    before = path.read_bytes()

    @cases(0.2)
    @hypothesis.given(damaged(before))
    def check(content):
        path.write_bytes(content)
        answer = child.ask("hdf5", path)
        if "died" not in answer:
            refused_or(answer)

    check()
    assert child.deaths <= 0.02 * CASES


# By Keras


def test_a_model_of_a_changed_configuration(child):
    """What loads has the weights of the file; all else is refused, and nothing that it names is run."""
    first = pathlib.Path(__file__).with_name("first_format")
    for name in ("application", "configuration"):
        config = json.loads((first / name / "config.json").read_text("utf-8"))
        folder = child.folder / name
        folder.mkdir()
        (folder / "model.safetensors").write_bytes((first / name / "model.safetensors").read_bytes())
        (folder / "config.json").write_text(json.dumps(config), "utf-8")
        good = child.ask("load", folder)["answer"]

        _check_configurations(child, folder, config, good)


def _check_configurations(child, folder, config, good):
    @cases(0.06)
    @hypothesis.given(changed(config))
    def check(value):
        (folder / "config.json").write_text(json.dumps(value), "utf-8")
        refused_or(child.ask("load", folder), good)

    check()
