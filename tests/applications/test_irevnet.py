"""i-RevNet against the definition of imgclsmob (Chainer), written out here by its names, in the published format."""

import dataclasses
import io
import os
import zipfile

import numpy as np
import pytest
from keras import ops
from test_imagenet import host

import zoo
from zoo import applications, weights
from zoo.weights import convert, keys, store

CASES = {13: ((2, 2), 32), **({301: ((6, 16, 72, 6), 224)} if os.environ.get("ZOO_WHOLE") else {})}
"""Units in each stage and side of the picture, by depth; `make soak` tries the whole one, too."""


def state(units, seed=0):
    """Random weights and statistics under the names and in the shapes of chainercv2's ``irevnet301``."""
    random = np.random.default_rng(seed)
    found = {}

    def norm(name, channels, most=1.0):
        found[f"{name}/gamma"] = random.uniform(0.5 * most, most, channels)
        found[f"{name}/beta"] = random.normal(0, 0.1, channels)
        found[f"{name}/avg_mean"] = random.normal(0, 0.1, channels)
        found[f"{name}/avg_var"] = random.uniform(0.5, 1.5, channels)
        found[f"{name}/N"] = np.array(7)

    def convolution(name, before, after):
        found[f"{name}/W"] = random.normal(0, (2 / (9 * before)) ** 0.5, (after, before, 3, 3))

    before = 6
    for stage, count in enumerate(units):
        channels = 24 * 4**stage
        for unit in range(1, count + 1):
            name, sizes = f"features/stage{stage + 1}/unit{unit}/bottleneck", (before, channels // 4, channels // 4)
            bare = (stage, unit) == (0, 1)
            for n, (size, after) in enumerate(zip(sizes, (*sizes[1:], channels), strict=True), start=1):
                if n > 1 or not bare:  # the last is small, so that a hundred units stay finite
                    norm(f"{name}/conv{n}/bn", size, 0.2 if n == 3 else 1.0)
                convolution(f"{name}/conv1" if n == 1 and bare else f"{name}/conv{n}/conv", size, after)
            before = channels
    norm("features/final_postactiv/bn", 2 * before)
    found["output/fc/W"] = random.normal(0, before**-0.5, (1000, 2 * before))
    found["output/fc/b"] = random.normal(0, 0.1, 1000)
    return {name: array.astype("int64" if name.endswith("/N") else "float32") for name, array in found.items()}


def psi(x):
    """Their downscaling of ``(batch, channels, height, width)``, in the order of their ``__call__``."""
    batch, channels, height, width = x.shape
    y = np.transpose(x, (0, 2, 3, 1))
    y = [part.reshape(batch, height // 2, 4 * channels) for part in np.split(y, width // 2, axis=2)]
    return np.transpose(np.stack(y, axis=1), (0, 3, 2, 1))


def theirs(tensors, units, picture):
    """The logits of their network, evaluated in the order of its ``__call__``."""

    def convolution(name, x, strides):
        x, kernel = np.transpose(x, (0, 2, 3, 1)), np.transpose(tensors[f"{name}/W"], (2, 3, 1, 0))
        y = ops.conv(np.pad(x, [(0, 0), (1, 1), (1, 1), (0, 0)]), kernel, strides, "valid", "channels_last")
        return np.transpose(np.asarray(y), (0, 3, 1, 2))

    def activated(name, x):
        gamma, beta, mean, variance = (
            tensors[f"{name}/{part}"][:, None, None] for part in ("gamma", "beta", "avg_mean", "avg_var")
        )
        return np.maximum((x - mean) * (gamma / np.sqrt(variance + np.float32(1e-5))) + beta, 0)

    def bottleneck(name, x, strides):
        for n in (1, 2, 3):
            bare = f"{name}/conv{n}/W" in tensors
            x = x if bare else activated(f"{name}/conv{n}/bn", x)
            x = convolution(f"{name}/conv{n}" if bare else f"{name}/conv{n}/conv", x, strides if n == 1 else 1)
        return x

    mean, deviation = (np.array(each, "float32") for each in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    x = psi(np.transpose((picture.astype("float32") / 255 - mean) / deviation, (0, 3, 1, 2)))
    x1, x2 = np.split(x, 2, axis=1)
    for stage, count in enumerate(units, start=1):
        for unit in range(1, count + 1):
            fx2 = bottleneck(f"features/stage{stage}/unit{unit}/bottleneck", x2, 2 if unit == 1 else 1)
            if unit == 1:
                x1, x2 = psi(x1), psi(x2)
            x1, x2 = x2, fx2 + x1
    pooled = activated("features/final_postactiv/bn", np.concatenate([x1, x2], axis=1)).mean(axis=(2, 3))
    return pooled @ tensors["output/fc/W"].T + tensors["output/fc/b"]


def packed(tensors, name):
    """The file that Chainer's ``save_npz`` writes, and it in an archive."""
    content, archive = io.BytesIO(), io.BytesIO()
    np.savez(content, **tensors)
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr(name, content.getvalue())
    return content.getvalue(), archive.getvalue()


@pytest.mark.parametrize("depth", CASES)
def test_a_published_file_is_downloaded_converted_and_computes_the_same(depth, install, monkeypatch, tmp_path):
    units, side = CASES[depth]
    tensors, row = state(units), weights.get("irevnet301-imagenet")
    content, archive = packed(tensors, row.file.name)
    monkeypatch.setattr(store, "PACKAGE", tmp_path / "elsewhere" / "zoo" / "weights")
    shape = (side, side, 3)
    with host(**{f"{row.file.name}.zip": archive}) as (url, asked):
        digest, urls = weights.Digest.of("sha1", content), (f"{url}/{row.file.name}.zip",)
        file = dataclasses.replace(row.file, digest=digest, urls=urls)
        task = dataclasses.replace(row.task, input_shape=shape)
        install(dataclasses.replace(row, file=file, keywords={"depth": depth, "bottleneck": 4}, task=task))
        model = applications.IRevNet(weights="imagenet", depth=depth, input_shape=shape, classifier_activation=None)
        again = zoo.load(row.name)
        assert asked == [f"/{row.file.name}.zip"]
    picture = applications.probe_picture(shape)
    expected = theirs(tensors, units, picture)
    difference = np.abs(np.asarray(model(picture)) - expected).max() / np.abs(expected).max()
    print(f"largest difference over the largest logit: {difference:.1e}")
    assert difference < 1e-4
    loaded = keys.arrays_of(again)
    assert all(np.array_equal(loaded[key], array) for key, array in keys.arrays_of(model).items())


def test_what_is_no_array_of_the_layout_is_named():
    tensors = {**state((2, 2)), "features/stage1/unit1/bottleneck/conv4/W": np.ones((1, 1, 3, 3), "float32")}
    with pytest.raises(ValueError, match="does not fit.*stage1_block1_f/conv4/kernel"):
        keys.assign(
            keys.named_weights(applications.IRevNet(weights=None, depth=13)),
            convert.convert("imgclsmob_irevnet", packed(tensors, "x")[0], "theirs.npz"),
            "theirs.npz",
        )
    tensors["features/stage1/unit1/psi/W"] = np.ones((1, 1, 3, 3), "float32")
    with pytest.raises(ValueError, match=r"unit1/psi/kernel \(unknown\)"):
        convert.convert("imgclsmob_irevnet", packed(tensors, "x")[0], "theirs.npz")
