"""Manifest, and verified copies: cache, wheel, checkout, mirror; damage, offline, names."""

import dataclasses
import hashlib
import json
import os
import pathlib

import numpy as np
import pytest

import zoo
from zoo import analysis, applications
from zoo.data import files
from zoo.weights import (
    Checkpoint,
    WeightsError,
    file,
    keys,
    store,
)

ROOT = pathlib.Path(__file__).resolve().parents[2]


def packed(model):
    return file.packed(keys.arrays_of(model), {"name": model.name})


def pictures():
    return np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3)).astype("float32")


def cache():
    return zoo.weights.home() / "weights"


# Resolution


def test_a_file_in_the_checkout_is_loaded_without_a_copy(released):
    checkpoint, model, path = released
    assert zoo.weights.locate(checkpoint) == path
    loaded = applications.LMResNet(depth=14)
    np.testing.assert_array_equal(loaded(pictures()), model(pictures()))
    assert not cache().exists()


def test_the_wheel_comes_before_the_checkout_and_the_cache_before_both(released):
    checkpoint, _, path = released
    wheel = store.PACKAGE / "files" / checkpoint.file.name
    wheel.parent.mkdir()
    wheel.write_bytes(path.read_bytes())
    assert zoo.weights.locate(checkpoint) == wheel
    cached = zoo.weights.fetch(checkpoint.name)
    assert cached == cache() / checkpoint.file.name
    assert cached.read_bytes() == path.read_bytes()
    assert zoo.weights.locate(checkpoint) == cached


def test_a_mirror_serves_what_is_not_installed(released, httpserver, monkeypatch):
    checkpoint, model, path = released
    content = path.read_bytes()
    path.unlink()
    httpserver.expect_request(f"/mirror/{checkpoint.file.name}").respond_with_data(content)
    monkeypatch.setenv("ZOO_WEIGHTS_URL", httpserver.url_for("/mirror/"))
    loaded = applications.LMResNet(weights="lm_resnet14-cifar10", depth=14)
    np.testing.assert_array_equal(loaded(pictures()), model(pictures()))
    assert (cache() / checkpoint.file.name).read_bytes() == content
    assert len(httpserver.log) == 1
    zoo.weights.locate(checkpoint)
    assert len(httpserver.log) == 1


@pytest.mark.slow
def test_the_mirror_comes_before_the_urls_of_the_manifest(released, httpserver, monkeypatch, tmp_path):
    checkpoint, _, path = released
    content = path.read_bytes()
    path.unlink()
    httpserver.expect_request(f"/second/{checkpoint.file.name}").respond_with_data(content)
    urls = (httpserver.url_for(f"/second/{checkpoint.file.name}"),)
    checkpoint = dataclasses.replace(checkpoint, file=dataclasses.replace(checkpoint.file, urls=urls))
    monkeypatch.setenv("ZOO_WEIGHTS_URL", httpserver.url_for("/first"))
    assert zoo.weights.locate(checkpoint).read_bytes() == content
    paths = [request.path for request, _ in httpserver.log]
    assert paths[0].startswith("/first")
    assert paths[-1].startswith("/second")


def test_a_folder_can_be_the_mirror(released, monkeypatch, tmp_path):
    checkpoint, _, path = released
    folder = tmp_path / "a mirror"
    folder.mkdir()
    path.rename(folder / checkpoint.file.name)
    monkeypatch.setenv("ZOO_WEIGHTS_URL", folder.as_uri())
    assert zoo.weights.fetch(checkpoint.name) == cache() / checkpoint.file.name


# Damage


def damaged(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def truncated(path):
    path.write_bytes(path.read_bytes()[:1000])


def swapped(path):
    path.write_bytes(packed(applications.LMResNet(weights=None, depth=14)))


@pytest.mark.parametrize("damage", [damaged, truncated, swapped])
def test_a_damaged_file_is_found_before_it_is_loaded(released, damage):
    checkpoint, _, path = released
    damage(path)
    content = path.read_bytes()
    whole = len(content) == checkpoint.file.bytes
    got = hashlib.sha256(content).hexdigest() if whole else f"has {len(content):,} bytes"
    with pytest.raises(WeightsError) as caught:
        applications.LMResNet(depth=14)
    for part in (str(path), checkpoint.file.digest.value, got, "ZOO_WEIGHTS_URL"):
        assert part in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("damage", [damaged, truncated, swapped])
def test_a_damaged_copy_in_the_cache_is_replaced(released, damage):
    checkpoint, _, path = released
    cached = zoo.weights.fetch(checkpoint.name)
    damage(cached)
    assert zoo.weights.locate(checkpoint) == path
    assert zoo.weights.fetch(checkpoint.name) == cached
    assert cached.read_bytes() == path.read_bytes()


@pytest.mark.slow
def test_a_damaged_download_is_tried_once_more_and_never_kept(released, httpserver, monkeypatch):
    checkpoint, _, path = released
    content = path.read_bytes()
    path.unlink()
    monkeypatch.setenv("ZOO_WEIGHTS_URL", httpserver.url_for(""))
    httpserver.expect_ordered_request(f"/{checkpoint.file.name}").respond_with_data(content[:-1])
    httpserver.expect_ordered_request(f"/{checkpoint.file.name}").respond_with_data(content)
    assert zoo.weights.locate(checkpoint).read_bytes() == content
    (cache() / checkpoint.file.name).unlink()
    httpserver.clear()
    httpserver.expect_request(f"/{checkpoint.file.name}").respond_with_data(content[:-1])
    with pytest.raises(WeightsError, match=r"another file: expected sha256:"):
        zoo.weights.locate(checkpoint)
    assert len(httpserver.log) == 2
    assert list(cache().iterdir()) == []


@pytest.mark.parametrize("kind", ["pipe", "endless", "short"])
def test_what_is_no_file_of_the_released_size_is_not_read(released, kind):
    checkpoint, _, path = released
    cache().mkdir(parents=True)
    cached = cache() / checkpoint.file.name
    if kind == "pipe":
        os.mkfifo(cached)
    elif kind == "endless":
        cached.symlink_to("/dev/zero")
    else:
        cached.write_bytes(b"short")
    assert zoo.weights.locate(checkpoint) == path
    (_, problem), _ = store.copies(checkpoint)
    assert problem in (
        f"{cached} is no regular file but a pipe, a socket or a device.",
        f"{cached} has 5 bytes. Expected: {checkpoint.file.bytes:,}.",
    )


def test_what_was_hashed_is_what_is_loaded(released, monkeypatch):
    """The file is swapped as soon as it is read: only one reading can be both hashed and loaded."""
    _, model, path = released
    other = packed(applications.LMResNet(weights=None, depth=14))
    content, swaps = files.content, []

    def swap(read, *arguments, **keywords):
        result = content(read, *arguments, **keywords)
        path.write_bytes(other)
        swaps.append(read)
        return result

    monkeypatch.setattr(files, "content", swap)
    loaded = applications.LMResNet(depth=14)
    assert path in swaps
    for one, another in zip(loaded.weights, model.weights, strict=True):
        np.testing.assert_array_equal(one, another)


def test_what_a_killed_download_left_is_removed_by_the_next(released):
    checkpoint, _, _ = released
    left = cache() / f"{files.STAGE}left"
    left.mkdir(parents=True)
    (left / "half").write_bytes(b"half")
    os.utime(left, (0, 0))
    zoo.weights.fetch(checkpoint.name)
    assert [path.name for path in cache().iterdir()] == [checkpoint.file.name]


# No path


def test_offline_asks_nobody(released, httpserver, monkeypatch):
    checkpoint, _, path = released
    path.unlink()
    monkeypatch.setenv("ZOO_WEIGHTS_URL", httpserver.url_for(""))
    monkeypatch.setenv("ZOO_OFFLINE", "1")
    with pytest.raises(WeightsError, match="ZOO_OFFLINE"):
        applications.LMResNet(depth=14)
    assert httpserver.log == []


def test_an_unreadable_cache_does_not_hide_an_installed_copy(released):
    checkpoint, _, path = released
    (cache() / checkpoint.file.name).mkdir(parents=True)  # reading it is an OSError, for root too
    assert zoo.weights.locate(checkpoint) == path
    path.unlink()
    with pytest.raises(WeightsError, match="Is a directory"):
        zoo.weights.locate(checkpoint)


def test_no_copy_and_no_address(released):
    checkpoint, _, path = released
    path.unlink()
    with pytest.raises(WeightsError, match=rf"{checkpoint.file.name}: no such file.*ZOO_WEIGHTS_URL"):
        applications.LMResNet(depth=14)


@pytest.mark.slow
def test_no_network(released, monkeypatch):
    checkpoint, _, path = released
    path.unlink()
    monkeypatch.setenv("ZOO_WEIGHTS_URL", "http://127.0.0.1:9")  # nobody listens there
    with pytest.raises(WeightsError, match=r"127\.0\.0\.1.*Check the network"):
        zoo.weights.fetch(checkpoint.name)


# weights=


@pytest.mark.slow
def test_tag_name_and_load_give_the_same_model(released):
    _, model, _ = released
    expected = model(pictures())
    for loaded in (
        applications.LMResNet(depth=14, weights="cifar10"),
        applications.LMResNet(depth=14, weights="lm_resnet14-cifar10", drop_path=0.3),
        applications.LMResNet(depth=14, input_tensor=keras_input()),
    ):
        np.testing.assert_array_equal(loaded(pictures()), expected)


def keras_input():
    import keras

    return keras.layers.Rescaling(1.0)(keras.Input((32, 32, 3)))


@pytest.mark.slow
def test_load_builds_what_the_row_says(released, install):
    checkpoint, model, _ = released
    small = dataclasses.replace(checkpoint, task=dataclasses.replace(checkpoint.task, input_shape=(16, 24, 3)))
    install(small)
    loaded = zoo.load(checkpoint.name)
    assert loaded.input_shape == (None, 16, 24, 3)
    np.testing.assert_array_equal(zoo.load(checkpoint.name, input_shape=(32, 32, 3))(pictures()), model(pictures()))
    assert zoo.load(checkpoint.name, classes=4).output_shape == (None, 4)
    assert zoo.load(checkpoint.name, include_top=False).output_shape == (None, 4, 6, 64)


def test_another_number_of_classes_loads_the_trunk(released, caplog):
    _, model, _ = released
    loaded = applications.LMResNet(depth=14, classes=7)
    assert loaded(pictures()).shape == (2, 7)
    for ours, theirs in zip(analysis.features(loaded)(pictures()), analysis.features(model)(pictures()), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    (record,) = caplog.records
    assert "lm_resnet14-cifar10" in record.message
    assert "7 classes is new" in record.message


def test_without_top_the_trunk_is_loaded_silently(released, caplog):
    _, model, _ = released
    trunk = applications.LMResNet(include_top=False, depth=14, pooling="avg")
    weights, bias = model.get_layer("predictions").get_weights()
    logits = np.asarray(trunk(pictures())) @ weights + bias
    np.testing.assert_allclose(logits, applications.logits(model, pictures()), rtol=1e-4, atol=1e-5)
    assert caplog.records == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"depth": 14, "weights": "cifar1O"}, "Did you mean 'cifar10'"),
        ({"depth": 14, "weights": "lm_resnet14-cifar1O"}, "Did you mean 'lm_resnet14-cifar10'"),
        (
            {"depth": 20},
            r"No weights are released for LMResNet\(depth=20, per_channel=False\).*weights=None.*lm_resnet14-cifar10",
        ),
        ({"depth": 20, "weights": "lm_resnet14-cifar10"}, "those of another network"),
        ({"depth": 14, "per_channel": True}, "per_channel=True"),
        ({"depth": 14, "classifier_activation": "sigmoid"}, "classifier_activation='sigmoid'"),
    ],
)
def test_weights_that_do_not_exist_or_fit(released, arguments, message):
    with pytest.raises(ValueError, match=message):
        applications.LMResNet(**arguments)


def test_a_deprecated_row_loads_and_says_what_replaces_it(released, install, caplog, run):
    checkpoint, model, _ = released
    install(dataclasses.replace(checkpoint, deprecated="use lm_resnet20-cifar10."))
    loaded = zoo.load(checkpoint.name)
    np.testing.assert_array_equal(loaded(pictures()), model(pictures()))
    (line,) = (record.getMessage() for record in caplog.records if record.name == "zoo")
    assert line == "lm_resnet14-cifar10 is deprecated: use lm_resnet20-cifar10."
    assert "lm_resnet14-cifar10 (deprecated)" in run("list")[1]
    assert "deprecated   use lm_resnet20-cifar10" in run("show", checkpoint.name)[1]
    assert json.loads(run("show", checkpoint.name, "--json")[1])["deprecated"] == "use lm_resnet20-cifar10."
    assert "deprecated" not in checkpoint.row()


def test_names(released):
    assert zoo.list_models(pretrained=True) == ["lm_resnet14-cifar10"]
    assert "lm_resnet20" in zoo.list_models(pretrained=False)
    with pytest.raises(ValueError, match="Did you mean 'lm_resnet14-cifar10'"):
        zoo.weights.get("lm_resnet14_cifar10")
    decoded = applications.decode_predictions(np.eye(10)[[3]], 2, name="lm_resnet14-cifar10")
    assert decoded == [[(3, "d", 1.0), (0, "a", 0.0)]]
    with pytest.raises(ValueError, match=r"\(batch, 10\).*\(1, 3\)"):
        applications.decode_predictions(np.zeros((1, 3)), name="lm_resnet14-cifar10")


# The real manifest


def test_manifest_rows_round_trip():
    rows = json.loads((ROOT / "zoo" / "weights" / "manifest.json").read_text("utf-8"))
    assert [json.loads(json.dumps(Checkpoint.from_row(row).row())) for row in rows] == rows
    with pytest.raises(ValueError, match="sise"):
        Checkpoint.from_row({**rows[0], "sise": 3})


@pytest.mark.slow
@pytest.mark.parametrize("name", ["../x.safetensors", "/etc/x", "a/b", "..", ".hidden", "", "a\\b", "a\n"])
def test_a_name_that_could_lead_out_of_the_cache_is_refused(name):
    row = json.loads((ROOT / "zoo" / "weights" / "manifest.json").read_text("utf-8"))[0]
    with pytest.raises(ValueError, match="must be a bare file name"):
        Checkpoint.from_row({**row, "file": {**row["file"], "name": name}})


@pytest.mark.parametrize("checkpoint", zoo.weights.trained(), ids=lambda checkpoint: checkpoint.name)
def test_a_released_file_is_what_its_row_says(checkpoint):
    path = ROOT / "weights" / checkpoint.file.name
    assert checkpoint.file.name == f"{checkpoint.name}-{checkpoint.file.digest.value[:8]}.safetensors"
    assert zoo.weights.sha256(path) == checkpoint.file.digest.value
    assert path.stat().st_size == checkpoint.file.bytes
    model = zoo.load(checkpoint.name)
    assert sum(v.value.shape.num_elements() for v in model.trainable_variables) == checkpoint.parameters
    assert analysis.macs(model) == checkpoint.macs
    if isinstance(checkpoint.task, zoo.weights.Classifier):
        logits = applications.logits(model, applications.probe_picture(checkpoint.task.input_shape))[0]
        np.testing.assert_allclose(logits, checkpoint.probe, atol=1e-4 * np.abs(checkpoint.probe).max())
    else:
        assert model.event_shape == checkpoint.task.event_shape
    headline = checkpoint.metrics[0]
    assert headline.n >= 1
    assert (headline.sd is None) == (headline.n == 1)


@pytest.mark.slow
def test_every_file_in_the_weights_folder_is_in_the_manifest():
    there = {path.name for path in (ROOT / "weights").iterdir() if path.is_file() and path.suffix != ".md"}
    assert there == {checkpoint.file.name for checkpoint in zoo.weights.trained()}
