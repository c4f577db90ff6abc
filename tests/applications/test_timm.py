"""The small ResNet V2 against timm's definition, written out here by its names, with the published format and path."""

import dataclasses

import numpy as np
import pytest
import safetensors.numpy
from keras import ops
from test_imagenet import host

import zoo
from zoo import applications, weights
from zoo.weights import convert, keys, store

pytestmark = pytest.mark.slow
CHANNELS = (8, 16, 32, 64)
BLOCKS = (2, 2, 2, 2)
CLASSES = 1000


def state(seed=0):
    """Random weights and statistics under the names and in the shapes of timm's ``resnetv2_18``, narrower."""
    random = np.random.default_rng(seed)
    found = {}

    def convolution(name, size, before, after):
        found[f"{name}.weight"] = random.normal(0, (2 / (size * size * before)) ** 0.5, (after, before, size, size))

    def norm(name, channels):
        found[f"{name}.weight"] = random.uniform(0.5, 1, channels)
        found[f"{name}.bias"] = random.normal(0, 0.1, channels)
        found[f"{name}.running_mean"] = random.normal(0, 0.1, channels)
        found[f"{name}.running_var"] = random.uniform(0.5, 1.5, channels)
        found[f"{name}.num_batches_tracked"] = np.array(7)

    convolution("stem.conv", 7, 3, CHANNELS[0])
    before = CHANNELS[0]
    for stage, (channels, blocks) in enumerate(zip(CHANNELS, BLOCKS, strict=True)):
        for block in range(blocks):
            name = f"stages.{stage}.blocks.{block}"
            norm(f"{name}.norm1", before)
            convolution(f"{name}.conv1", 3, before, channels)
            norm(f"{name}.norm2", channels)
            convolution(f"{name}.conv2", 3, channels, channels)
            if before != channels:
                convolution(f"{name}.downsample.conv", 1, before, channels)
            before = channels
    norm("norm", before)
    convolution("head.fc", 1, before, CLASSES)
    found["head.fc.bias"] = random.normal(0, 0.1, CLASSES)
    return {name: np.asarray(array, "int64" if "num_" in name else "float32") for name, array in found.items()}


def theirs(tensors, picture):
    """The logits of timm's network, evaluated in the order of its ``forward``: PyTorch's padding on every side."""

    def convolution(name, u, strides=1):
        kernel = np.transpose(tensors[f"{name}.weight"], (2, 3, 1, 0))
        around = (kernel.shape[0] // 2,) * 2
        return ops.conv(ops.pad(u, [(0, 0), around, around, (0, 0)]), kernel, strides, "valid", "channels_last")

    def norm(name, u):
        scale = tensors[f"{name}.weight"] / np.sqrt(tensors[f"{name}.running_var"] + 1e-5)
        return ops.relu((u - tensors[f"{name}.running_mean"]) * scale + tensors[f"{name}.bias"])

    u = convolution("stem.conv", (picture.astype("float32") / 255 - 0.5) / 0.5, 2)
    u = ops.pad(u, [(0, 0), (1, 1), (1, 1), (0, 0)], constant_values=-np.inf)
    u = ops.max_pool(u, 3, 2, "valid", "channels_last")
    for stage, blocks in enumerate(BLOCKS):
        for block in range(blocks):
            name = f"stages.{stage}.blocks.{block}"
            strides = 2 if stage and not block else 1
            p = norm(f"{name}.norm1", u)
            shortcut = convolution(f"{name}.downsample.conv", p, strides) if strides == 2 else u
            p = norm(f"{name}.norm2", convolution(f"{name}.conv1", p, strides))
            u = shortcut + convolution(f"{name}.conv2", p)
    pooled = ops.mean(norm("norm", u), (1, 2))
    return np.asarray(pooled @ tensors["head.fc.weight"][:, :, 0, 0].T + tensors["head.fc.bias"])


def test_a_published_file_is_downloaded_converted_and_computes_the_same(install, monkeypatch, tmp_path):
    tensors = state()
    content = safetensors.numpy.save(tensors)
    monkeypatch.setattr(store, "PACKAGE", tmp_path / "elsewhere" / "zoo" / "weights")
    row = weights.get("resnet18v2-imagenet")
    with host(**{"model.safetensors": content}) as (url, asked):
        digest = weights.Digest.of("sha256", content)
        file = dataclasses.replace(row.file, digest=digest, urls=(f"{url}/model.safetensors",))
        install(dataclasses.replace(row, file=file, keywords={"depth": 18, "width": CHANNELS[0]}))
        shape = (96, 96, 3)
        model = applications.ResNetV2(
            weights="imagenet", depth=18, width=CHANNELS[0], input_shape=shape, classifier_activation=None
        )
        again = zoo.load(row.name)
        assert asked == ["/model.safetensors"]
    assert again.input_shape == (None, 224, 224, 3)
    picture = applications.probe_picture(shape)
    expected = theirs(tensors, picture)
    assert np.abs(np.asarray(model(picture)) - expected).max() < 1e-4 * np.abs(expected).max()
    for size in (97, 64):  # odd sides, and others
        picture = applications.probe_picture((size, size, 3))
        model = applications.ResNetV2(
            weights=None, depth=18, width=CHANNELS[0], input_shape=picture.shape[1:], classifier_activation=None
        )
        keys.assign(keys.named_weights(model), convert.convert("timm_resnet_v2", content, "theirs"), "theirs")
        expected = theirs(tensors, picture)
        assert np.abs(np.asarray(model(picture)) - expected).max() < 1e-4 * np.abs(expected).max()


def test_what_is_no_array_of_the_layout_is_named():
    tensors = {**state(), "stages.0.blocks.0.conv3.weight": np.ones((1, 1, 1, 1), "float32")}
    with pytest.raises(ValueError, match=r"stage1_block1.conv3.kernel \(unknown\)"):
        convert.convert("timm_resnet_v2", safetensors.numpy.save(tensors), "theirs.safetensors")
