"""The networks for ImageNet against those of Keras, through the whole path of a download."""

import contextlib
import dataclasses
import hashlib
import http.server
import io
import math
import os
import threading

import h5py
import keras
import numpy as np
import pytest
from keras.src.applications import resnet
from keras.src.legacy.saving import legacy_h5_format

import zoo
from zoo import applications, weights
from zoo.applications import sources
from zoo.data import imagenet
from zoo.weights import convert, converted, keys, store

pytestmark = pytest.mark.slow
TWINS = {
    "ResNet50V2": keras.applications.ResNet50V2,
    "ResNet101V2": keras.applications.ResNet101V2,
    "ResNet152V2": keras.applications.ResNet152V2,
    "LMResNet50": keras.applications.ResNet50V2,
    "LMResNet101": keras.applications.ResNet101V2,
    "LMResNet152": keras.applications.ResNet152V2,
    "ResNet50": keras.applications.ResNet50,
    "ResNet101": keras.applications.ResNet101,
    "ResNet152": keras.applications.ResNet152,
}
COUNTS = {  # all, trainable: imagenet.md's sources
    "ResNet50V2": (25_613_800, 25_568_360),
    "ResNet101V2": (44_675_560, 44_577_896),
    "ResNet152V2": (60_380_648, 60_236_904),
    "ResNet50": (25_636_712, 25_583_592),
    "ResNet101": (44_707_176, 44_601_832),
    "ResNet152": (60_419_944, 60_268_520),
    "LMResNet50": (25_613_800 + 9, 25_568_360 + 9),
}
STEPS_WITH_K = {"LMResNet50": 9, "LMResNet101": 26, "LMResNet152": 43}


def unsettled(model, seed=0):
    """The model with random statistics and offsets, so that nothing cancels, and branches that keep it finite."""
    random = np.random.default_rng(seed)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            size = layer.gamma.shape
            values = (random.uniform(0.5, 1, size), random.normal(0, 0.1, size))
            layer.set_weights([*values, random.normal(0, 0.1, size), random.uniform(0.5, 1.5, size)])
        elif isinstance(layer, (keras.layers.Conv2D, keras.layers.Dense)) and layer.use_bias:
            kernel, bias = layer.get_weights()
            layer.set_weights([0.5 * kernel, random.normal(0, 0.1, bias.shape)])
    return model


def published(model):
    """The older HDF5 file of a model, as Keras's public ones are."""
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, model)
    return content.getvalue()


@contextlib.contextmanager
def host(**files):
    """The address of a server that has these files, and the paths that were asked for."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            content = files.get(self.path.lstrip("/"))
            self.send_response(200 if content else 404)
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
        server.shutdown()


def row_of(name, content, url, md5):
    """The released row with the checksum of this content, at this address."""
    row = weights.get(name)
    file = dataclasses.replace(row.file, digest=weights.Digest("md5", md5), urls=(f"{url}/{row.file.name}",))
    return dataclasses.replace(row, file=file)


def their_input(name, picture):
    """A picture as Keras's network wants it."""
    module = keras.applications.resnet_v2 if "V2" in name or name.startswith("LM") else keras.applications.resnet
    return module.preprocess_input(picture.astype("float32"))


WIDTH, DEPTH = 4, 26


def mini(name):
    """A narrow network in Keras's layout and names, of its own blocks: two in each stage."""
    second = name != "ResNet50"
    image = keras.Input((64, 64, 3))
    u = keras.layers.ZeroPadding2D(3)(image)
    u = keras.layers.Conv2D(WIDTH, 7, strides=2, name="conv1_conv")(u)
    if not second:
        u = keras.layers.ReLU()(keras.layers.BatchNormalization(epsilon=1.001e-5, name="conv1_bn")(u))
    u = keras.layers.MaxPooling2D(3, strides=2)(keras.layers.ZeroPadding2D(1)(u))
    stack = resnet.stack_residual_blocks_v2 if second else resnet.stack_residual_blocks_v1
    for stage in range(4):
        strides = (2 if stage < 3 else 1) if second else (2 if stage > 0 else 1)
        u = stack(u, WIDTH * 2**stage, 2, stride1=strides, name=f"conv{stage + 2}")
    if second:
        u = keras.layers.ReLU()(keras.layers.BatchNormalization(epsilon=1.001e-5, name="post_bn")(u))
    u = keras.layers.Dense(1000, "softmax", name="probs")(keras.layers.GlobalAveragePooling2D()(u))
    return unsettled(keras.Model(image, u))


@pytest.mark.parametrize("name", ["ResNet50V2", "LMResNet50", "ResNet50"])
def test_a_published_file_is_downloaded_converted_and_computes_the_same(name, install, monkeypatch, tmp_path):
    keywords = {"depth": DEPTH, "width": WIDTH, **({"per_channel": False} if name == "LMResNet50" else {})}
    _check(name, mini(name), (64, 64, 3), keywords, install, monkeypatch, tmp_path)


WHOLE = list(TWINS) if os.environ.get("ZOO_WHOLE") else ["LMResNet50"]
"""`make soak` tries all."""


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_network_computes_the_same(name, install, monkeypatch, tmp_path):
    row = weights.get(f"{applications.registered()[name].slug}-imagenet")
    _check(name, unsettled(TWINS[name](weights=None)), (224, 224, 3), row.keywords, install, monkeypatch, tmp_path)


def _check(name, twin, shape, keywords, install, monkeypatch, tmp_path):
    content = published(twin)
    build = applications.registered()[name].root
    row = weights.get(f"{applications.registered()[name].slug}-imagenet")
    monkeypatch.setattr(store, "PACKAGE", tmp_path / "elsewhere" / "zoo" / "weights")
    with host(**{row.file.name: content}) as (url, asked):
        row = row_of(row.name, content, url, hashlib.md5(content).hexdigest())
        install(dataclasses.replace(row, keywords=keywords, task=weights.Classifier(imagenet.labels(), shape)))
        model = build(weights="imagenet", input_shape=shape, **keywords)
        assert asked == [f"/{row.file.name}"]
        picture = applications.probe_picture(shape)
        theirs = np.asarray(twin(their_input(name, picture), training=False))
        ours = np.asarray(model(picture, training=False))
        assert np.abs(ours - theirs).max() < 1e-4 * np.abs(theirs).max()
        assert zoo.labels(model) == imagenet.labels()
        # and from the cache, in our layout
        monkeypatch.setattr(convert, "convert", lambda *_: pytest.fail("converted again"))
        again = keys.arrays_of(zoo.load(row.name))
        assert asked == [f"/{row.file.name}"]
        assert all(np.array_equal(again[key], array) for key, array in keys.arrays_of(model).items())
    k = applications.learned_k(model)
    assert len(k) == (0 if name not in STEPS_WITH_K else 1 if shape == (64, 64, 3) else STEPS_WITH_K[name])
    assert set(k.values()) <= {0.0}


def test_a_release_is_built_at_the_size_at_which_it_was_measured(monkeypatch):
    monkeypatch.setattr(sources.Release, "load_into", lambda *_, **__: None)
    assert zoo.load("resnet50v2-imagenet").input_shape == (None, 299, 299, 3)
    assert zoo.load("lm_resnet50").input_shape == (None, 299, 299, 3)
    assert applications.ResNet50V2().input_shape == (None, 224, 224, 3)


def test_a_converted_file_that_was_changed_is_converted_anew(install, monkeypatch, tmp_path):
    twin = mini("ResNet50V2")
    content, row = published(twin), weights.get("resnet50v2-imagenet")
    with host(**{row.file.name: content}) as (url, _):
        row = row_of(row.name, content, url, hashlib.md5(content).hexdigest())
        before = converted.read(row)
        place = converted.place(row)
        good = place.read_bytes()
        for damaged in (good[:-1] + b"\x01", good[:100], b""):
            place.write_bytes(damaged)
            again = converted.read(row)
            assert place.read_bytes() == good
            assert all(np.array_equal(again[key], before[key]) for key in before)


def test_every_array_of_a_published_file_becomes_one_key():
    content = published(mini("ResNet50V2"))
    arrays = convert.convert("keras_resnet_v2", content, "mini.h5")
    assert arrays["stage1_block1_norm/gamma"].shape == (4,)
    assert arrays["stage1_block2/field/conv3/bias"].shape == (16,)
    assert arrays["predictions/kernel"].shape == (128, 1000)
    assert set(convert.convert("keras_lm_resnet_v2", content, "mini.h5")) - set(arrays) == {"stage4_block2/k"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda file: file.move("post_bn", "pre_bn"), r"pre_bn/gamma \(unknown\)"),
        (
            lambda file: file.create_dataset("conv1_conv/again/kernel", data=np.ones(3)),
            "has two arrays conv1_conv/kernel",
        ),
        (lambda file: file.create_dataset("probs2/kernel", data=np.ones(3)), r"probs2/kernel \(unknown\)"),
        (lambda file: file.copy("probs", "predictions"), r"predictions/kernel \(predictions/kernel\)|probs/kernel"),
    ],
)
def test_a_file_of_another_layout_is_refused_by_name(change, message):
    content = io.BytesIO(published(mini("ResNet50V2")))
    with h5py.File(content, "r+") as file:
        change(file)
    with pytest.raises(ValueError, match=message):
        convert.convert("keras_resnet_v2", content.getvalue(), "mini.h5")


def trainable(model):
    return sum(math.prod(variable.shape) for variable in model.trainable_variables)


def weightless(build, **arguments):
    """The network without values in its variables: what is counted needs none."""
    with keras.StatelessScope(initialize_variables=False):
        return build(weights=None, **arguments)


@pytest.mark.parametrize("name", ["ResNet50V2", "LMResNet50", "ResNet50"])
def test_sizes_and_tops(name):
    build = applications.registered()[name]
    trunk = weightless(build, include_top=False, input_shape=(None, None, 3))
    for size in (224, 299, 97):
        side = -(-size // 32)
        assert trunk.compute_output_shape((1, size, size, 3)) == (1, side, side, 2048)
    pooled = build.root(weights=None, depth=26, width=4, include_top=False, pooling="avg", input_shape=(64, 64, 3))
    assert pooled(applications.probe_picture((64, 64, 3))).shape == (1, 128)


@pytest.mark.parametrize("name", COUNTS)
def test_the_whole_ones_are_counted(name):
    model = weightless(applications.registered()[name])
    frozen = sum(math.prod(variable.shape) for variable in model.non_trainable_variables)
    assert (trainable(model) + frozen, trainable(model)) == COUNTS[name]


def test_a_depth_that_is_not_published_names_those_that_are():
    with pytest.raises(ValueError, match="depth must be one of 18, 26, 34, 50, 101, 152. Received: depth=20"):
        applications.ResNetV2(weights=None, depth=20)


def test_the_classes_of_imagenet_have_names_of_their_own():
    assert len(imagenet.labels()) == len(set(imagenet.labels())) == len(set(imagenet.wnids())) == 1000
    assert imagenet.wnids() == tuple(sorted(imagenet.wnids()))
    assert imagenet.classes()[0] == ("n01440764", "tench")
    assert imagenet.classes()[134] == ("n02012849", "crane (bird)")
    assert imagenet.labels().index("crane (machine)") == 517


def test_a_published_row_says_who_reports_what_and_travels_by_name(run):
    row = weights.get("lm_resnet50-imagenet")
    assert weights.Checkpoint.from_row(row.row()) == row
    assert row.row()["task"]["classes"] == "imagenet"
    assert (row.metrics, row.figures[0].value) == ((), 75.96)
    code, out, _ = run("list", "lm_resnet50*")
    assert code == 0
    assert "top-1 75.96 % (reported)" in out


@pytest.mark.parametrize("name", ["LMResNet50", "ResNet50"])
def test_what_keras_saved_of_its_own_network_is_taken(name, tmp_path):
    shape = (64, 64, 3)
    twin = unsettled(TWINS[name](weights=None, input_shape=shape))
    path = tmp_path / "theirs.weights.h5"
    twin.save_weights(path)
    model = applications.registered()[name](weights=path, input_shape=shape)
    picture = applications.probe_picture(shape)
    theirs = np.asarray(twin(their_input(name, picture), training=False))
    assert np.abs(np.asarray(model(picture)) - theirs).max() < 1e-4 * theirs.max()


def test_what_was_saved_here_is_taken_as_ever(tmp_path):
    model = applications.ResNetV2(weights=None, depth=26, width=4, classes=3, input_shape=(64, 64, 3))
    path = tmp_path / "ours.weights.h5"
    model.save_weights(path)
    again = applications.ResNetV2(weights=path, depth=26, width=4, classes=3, input_shape=(64, 64, 3))
    picture = applications.probe_picture((64, 64, 3))
    np.testing.assert_array_equal(again(picture), model(picture))


def test_fine_tuning_the_warm_start_moves_k_and_lowers_the_loss():
    """From the weights of a V2 twin, with k = 0, on 128 pictures of two tints at 64 pixels."""
    arrays = convert.convert("keras_lm_resnet_v2", published(mini("LMResNet50")), "mini.h5")
    trunk = {key: array for key, array in arrays.items() if not key.startswith("predictions/")}
    start = applications.LMResNetV2(weights=None, depth=DEPTH, width=WIDTH, classes=2, input_shape=(64, 64, 3))
    named = keys.named_weights(start)
    keys.assign({key: named[key] for key in trunk}, trunk, "mini")
    labels = np.arange(128) % 2
    images = np.random.default_rng(0).integers(0, 256, (128, 64, 64, 3)).astype("uint8")
    images[labels == 1, :, :, 0] //= 2
    tuned = zoo.finetune(start, (images, labels), 2, head_epochs=1, epochs=10, batch_size=16, learning_rate=0.02)
    assert set(applications.learned_k(start).values()) == {0.0}
    (k,) = applications.learned_k(tuned).values()
    assert k != 0
    before, after = (float(np.mean(_loss(model, images, labels))) for model in (start, tuned))
    assert after < 0.2 * before


def _loss(model, images, labels):
    return keras.losses.sparse_categorical_crossentropy(labels, model(images, training=False))
