"""The exported SavedModel: what it takes and gives, on its own."""

import os
import pathlib
import signal
import time

import keras
import numpy as np
import pytest
import tensorflow as tf
from descriptors import FAMILIES
from tensorflow_serving.apis import prediction_log_pb2

import zoo
from zoo import applications
from zoo.data import pictures
from zoo.serving.exporting import compare, resize, saved_model
from zoo.weights import Preprocessing

ROOT = pathlib.Path(__file__).resolve().parents[2]
NAME = "lm_resnet20-cifar10"
LABELS = ["ant", "bee", "cat", "dog"]
KINDS = ("LMResNet", "ResNeXt", "RevNet")  # a multistep method, grouped convolutions, a gradient of its own


@pytest.mark.slow
@pytest.mark.parametrize(
    "row", [row for row in FAMILIES if row.function.__name__ in KINDS], ids=lambda row: row.function.__name__
)
def test_it_computes_what_the_model_computes(row, tmp_path, elsewhere, photos):
    *size, channels = row.shape
    model = row.member(classes=4)
    path = zoo.export(model, tmp_path, labels=LABELS, top=3)
    assert b"_XlaMustCompile" not in (path / "saved_model.pb").read_bytes()
    stored = tf.train.list_variables(str(path / "variables" / "variables"))
    values = sum(int(np.prod(shape)) for name, shape in stored if "_CHECKPOINTABLE" not in name)
    assert values <= model.count_params() + 2
    asked = [("serving_default", photos()), ("pixels", photos(1, *size)), ("pixels", photos(7, 90, 20))]
    asked.append(("tensor", photos(2, *size).astype(np.float32)))
    for (_, images), outputs in zip(asked, elsewhere(tmp_path, *asked), strict=True):
        expected = np.asarray(model(pictures.fit(images, tuple(size), channels)))
        np.testing.assert_allclose(outputs["probabilities"], expected, atol=1e-5)
        order = np.argsort(-expected, axis=1)[:, :3]
        np.testing.assert_array_equal(outputs["class_ids"], order)
        np.testing.assert_allclose(outputs["scores"], np.take_along_axis(expected, order, axis=1), atol=1e-5)
        np.testing.assert_array_equal(outputs["classes"], np.array(LABELS)[order])


@pytest.mark.slow
def test_any_keras_classifier_is_exported(tmp_path, photos):
    """A head of one's own, half precision, and a convolution for which Keras demands XLA."""
    layers = [keras.Input((16, 16, 1)), keras.layers.Conv2D(8, 3), keras.layers.Conv2D(8, 3, groups=2)]
    trunk = keras.Sequential([*layers, keras.layers.GlobalAveragePooling2D()])
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        half = keras.Sequential([keras.models.clone_model(trunk), keras.layers.Dense(4), keras.layers.Softmax()])
        half.build((None, 16, 16, 1))
    finally:
        keras.config.set_dtype_policy("float32")
    model = keras.Sequential([trunk, keras.layers.Dense(4)])
    model.set_weights(half.get_weights())
    features, logits = trunk(pictures.fit(photos(3), (16, 16), 1)), model(pictures.fit(photos(3), (16, 16), 1))
    for name, each in {"float": model, "half": half}.items():
        path = zoo.export(each, tmp_path / name)
        assert b"_XlaMustCompile" not in (path / "saved_model.pb").read_bytes()
    served = tf.saved_model.load(str(tmp_path / "float" / "1")).signatures
    data = tf.constant([tf.io.encode_png(image).numpy() for image in photos(3)])
    np.testing.assert_allclose(served["features"](image_bytes=data)["features"], features, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(served["logits"](image_bytes=data)["logits"], logits, rtol=1e-4, atol=1e-4)
    assert served["pixels"](pixels=tf.constant(photos(1)))["classes"].numpy()[0, 0] in [b"0", b"1", b"2", b"3"]


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A folder with an export, its model, and its signatures."""
    folder = tmp_path_factory.mktemp("small")
    model = applications.ResNet(weights=None, depth=8, input_shape=(16, 16, 3))
    path = zoo.export(model, folder, data=(np.zeros((3, 16, 16, 3), np.uint8), np.arange(3)))
    return folder, model, tf.saved_model.load(str(path)).signatures


def test_what_is_no_picture_is_an_invalid_argument(small):
    good = tf.io.encode_png(np.zeros((5, 5, 3), np.uint8)).numpy()
    for bad in ([b"no picture"], [good, good[:40]], [b""], np.zeros(0, object)):
        with pytest.raises(tf.errors.InvalidArgumentError):
            small[2]["serving_default"](image_bytes=tf.constant(bad, tf.string))
    for shape, message in {(0, 5, 5, 3): "a batch of 0", (1, 0, 5, 3): "a height or width of 0"}.items():
        with pytest.raises(tf.errors.InvalidArgumentError, match=message):
            small[2]["pixels"](pixels=tf.zeros(shape, tf.uint8))
    with pytest.raises(tf.errors.InvalidArgumentError, match="at most 33,554,432 pixels"):
        resize.checked(tf.zeros((1, 2**13, 2**12 + 1, 3), tf.uint8))


def test_files_of_every_mode_are_read(small):
    _, model, served = small
    colour = np.random.default_rng(0).integers(0, 256, (16, 16, 3)).astype(np.uint8)
    grey = colour[..., :1]
    jpeg = tf.io.encode_jpeg(colour, quality=100)
    cases = [
        (tf.io.encode_png(grey), np.repeat(grey, 3, -1)),
        (tf.io.encode_png(grey.astype(np.uint16) * 257), np.repeat(grey, 3, -1)),
        (tf.io.encode_png(np.concatenate([colour, grey], -1)), colour),
        (jpeg, tf.io.decode_jpeg(jpeg, dct_method="INTEGER_ACCURATE").numpy()),
    ]
    answers = served["serving_default"](image_bytes=tf.stack([file for file, _ in cases]))["probabilities"]
    expected = model(np.stack([image for _, image in cases]).astype(np.float32))
    np.testing.assert_allclose(answers, expected, atol=1e-5)


def test_the_warm_up_is_read_back_and_replayed(small):
    _, _, served = small
    folder = small[0] / "1" / "assets.extra" / "tf_serving_warmup_requests"
    seen = []
    for record in tf.data.TFRecordDataset(str(folder)).as_numpy_iterator():
        request = prediction_log_pb2.PredictionLog.FromString(record).predict_log.request
        seen.append(request.model_spec.signature_name)
        served[seen[-1]](**{name: tf.constant(tf.make_ndarray(value)) for name, value in request.inputs.items()})
    assert sorted(seen) == sorted(served)


def test_the_folder_says_how_it_is_served(small):
    readme = (small[0] / "README.md").read_text("utf-8")
    assert "docker run" in readme
    assert "| `serving_default` |" in readme
    assert "Top-1 on 3 pictures." in readme
    assert small[1].name in (small[0] / "models.config").read_text()
    assert "max_batch_size" in (small[0] / "batching.config").read_text()


@pytest.mark.parametrize("shape", [(40, 60), (8, 8), (17, 16), (300, 31), (1, 1)])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("way", [Preprocessing(), Preprocessing(crop=0.875, interpolation="bicubic")], ids=str)
def test_two_matrix_products_are_the_antialiased_resize(shape, channels, way, photos):
    images = photos(2, *shape)
    expected = pictures.fit(images, (16, 24), channels, way.crop, way.interpolation)
    np.testing.assert_allclose(resize.fit(tf.constant(images), (16, 24), channels, way), expected, atol=6e-5 * 255)


def test_many_large_pictures_are_taken_one_by_one(photos, monkeypatch):
    """64 pictures of nine megapixels took 10.8 GB, as floats all at once."""
    images, way, loops = tf.constant(photos(5, 40, 60)), Preprocessing(), []
    at_once = resize.fit(images, (16, 24), 3, way)
    monkeypatch.setattr(
        tf, "map_fn", lambda *given, _own=tf.map_fn, **named: (loops.append(1), _own(*given, **named))[1]
    )
    np.testing.assert_array_equal(resize.fit(images, (16, 24), 3, way), at_once)
    assert not loops
    monkeypatch.setattr(resize, "LARGEST", 5 * 40 * 60 - 1)
    np.testing.assert_allclose(resize.fit(images, (16, 24), 3, way), at_once, atol=1e-3)
    assert loops


@pytest.mark.slow
def test_the_command_exports_a_model_that_runs_without_zoo(tmp_path, run, elsewhere):
    code, printed, err = run("export", NAME, "--out", tmp_path, "--version", 1)
    assert code == 0, err
    assert printed.strip() == str(tmp_path / "1")
    path = ROOT / "docs" / "images" / "photos" / "chelsea.png"
    (outputs,) = elsewhere(tmp_path, ("serving_default", pictures.read(path)[None]))
    assert outputs["classes"][0, 0] == "cat"
    model = zoo.load(NAME)
    assert applications.calibration(model).temperature > 1.1
    np.testing.assert_allclose(outputs["probabilities"], zoo.predict(model, [path]).probabilities, atol=1e-5)


def test_what_differs_is_not_left_behind(tmp_path, monkeypatch):
    model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(3, "softmax")])
    true = compare.probabilities
    monkeypatch.setattr(compare, "probabilities", lambda served, tensor: true(served, tensor) + 0.5)
    with pytest.raises(RuntimeError, match=r"serving_default: probabilities differs .* by [3-5]\.\de-01"):
        zoo.export(model, tmp_path / "a")
    assert list((tmp_path / "a").iterdir()) == []


def test_an_export_that_is_ended_leaves_nothing(tmp_path, monkeypatch, run, heard):
    """By SIGTERM; what SIGKILL leaves the next export removes (``tests/data/test_files.py``)."""

    def write(served, folder, **_):
        folder.mkdir()
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(20)

    monkeypatch.setattr(saved_model, "write", write)
    code, printed, _ = run("export", NAME, "--out", tmp_path / "a")
    assert (code, printed) == (143, "")
    assert list((tmp_path / "a").iterdir()) == []
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_what_cannot_be_exported(tmp_path):
    model = applications.ResNet(weights=None, depth=8)
    refused = {
        "Expected 10 classes.*Received: 2": (model, {"labels": ["x", "y"]}),
        "Expected a dial of steps=N": (model, {"dial": ["step=2"]}),
        "the field differs from step to step": (model, {"dial": ["steps=2"]}),
        "Unknown format: 'savedmodel'. Did you mean 'saved_model'": (model, {"to": "savedmodel"}),
        "fixed input_shape": (applications.ResNet(weights=None, depth=8, input_shape=(None, None, 3)), {}),
        "ends in a dense layer": (applications.ResNet(include_top=False, weights=None, depth=8, pooling="avg"), {}),
        "no classifier": (applications.ResNet(include_top=False, weights=None, depth=8), {}),
    }
    for message, (each, arguments) in refused.items():
        with pytest.raises(ValueError, match=message):
            zoo.export(each, tmp_path / "a", **arguments)
    (tmp_path / "1").mkdir()
    with pytest.raises(FileExistsError, match="the next version"):
        zoo.export(model, tmp_path)
    (tmp_path / "README.md").write_text("mine")
    with pytest.raises(FileExistsError, match="did not write it"):
        zoo.export(model, tmp_path, version=2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1", "README.md"]
