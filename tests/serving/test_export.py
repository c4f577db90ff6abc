"""The exported SavedModel: what it takes and gives, on its own."""

import pathlib
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from descriptors import FAMILIES

import zoo
from zoo import applications
from zoo.data import pictures
from zoo.serving import export

ROOT = pathlib.Path(__file__).resolve().parents[2]
NAME = "lm_resnet20-cifar10"


def photos(batch=2, height=40, width=60):
    return np.random.default_rng(0).integers(0, 256, (batch, height, width, 3)).astype(np.uint8)


@pytest.fixture(scope="module")
def elsewhere():
    """elsewhere(folder, **images): what the SavedModel in folder/1 answers where Zoo and Keras cannot be imported."""
    program = pathlib.Path(__file__).with_name("saved_model_process.py")
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": None}
    with subprocess.Popen([sys.executable, program], text=True, **pipes) as process:

        def run(folder, **images):
            np.savez(folder / "images.npz", **images)
            print(folder, file=process.stdin, flush=True)
            assert process.stdout.readline() == "done\n"
            with np.load(folder / "outputs.npz") as outputs:
                return {name: {k: outputs[f"{name}/{k}"] for k in OUTPUTS} for name in images}

        yield run
        process.stdin.close()


OUTPUTS = ("probabilities", "class_ids", "classes", "scores")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("row", "activation"),
    [*((row, "softmax") for row in FAMILIES), (FAMILIES[0], None)],
    ids=lambda value: getattr(getattr(value, "function", None), "__name__", str(value)),
)
def test_it_computes_what_the_model_computes(row, activation, tmp_path, elsewhere):
    *size, channels = row.shape
    model = row.member(classes=4, classifier_activation=activation)
    labels = ["ant", "bee", "cat", "dog"]
    path = export.saved_model(model, tmp_path / "1", labels, top=3)
    assert b"_XlaMustCompile" not in (path / "saved_model.pb").read_bytes()
    shown = {"two": photos(), "small": photos(1, 32, 32), "tall": photos(3, 90, 20)}
    for name, outputs in elsewhere(tmp_path, **shown).items():
        expected = np.asarray(model(pictures.fit(shown[name], tuple(size), channels)))
        if activation is None:
            expected = np.asarray(keras.ops.softmax(expected))
        np.testing.assert_allclose(outputs["probabilities"], expected, rtol=1e-4, atol=1e-6)
        order = np.argsort(-expected, axis=1)[:, :3]
        np.testing.assert_array_equal(outputs["class_ids"], order)
        np.testing.assert_allclose(outputs["scores"], np.take_along_axis(expected, order, axis=1), rtol=1e-4)
        np.testing.assert_array_equal(outputs["classes"], np.array(labels)[order])


def test_grey_networks_take_colour(tmp_path):
    model = applications.ResNet(weights=None, depth=8, input_shape=(28, 28, 1))
    served = tf.saved_model.load(str(export.saved_model(model, tmp_path / "1"))).signatures["serving_default"]
    expected = model(pictures.fit(photos(), (28, 28), 1))
    np.testing.assert_allclose(served(image=tf.constant(photos()))["probabilities"], expected, rtol=1e-4, atol=1e-6)


@pytest.mark.slow
def test_every_weight_is_stored_once(tmp_path):
    model = applications.LMResNet(weights=None)
    path = export.saved_model(model, tmp_path / "1")
    stored = tf.train.list_variables(str(path / "variables" / "variables"))
    values = sum(int(np.prod(shape)) for name, shape in stored if "_CHECKPOINTABLE" not in name)
    assert values <= model.count_params() + 2


@pytest.mark.slow
def test_the_command_exports_a_model_that_runs_without_zoo(tmp_path, run, elsewhere):
    code, _, err = run("export", NAME, "--out", tmp_path)
    assert code == 0, err
    picture = pictures.read(ROOT / "docs" / "images" / "photos" / "chelsea.png")
    outputs = elsewhere(tmp_path, cat=picture[None])["cat"]
    expected = np.asarray(zoo.load(NAME)(pictures.fit(picture, (32, 32))[None]))[0]
    assert outputs["classes"][0, 0] == "cat"
    assert outputs["scores"][0, 0] == pytest.approx(expected.max(), rel=1e-4)


@pytest.mark.slow
def test_what_cannot_be_exported(tmp_path):
    model = applications.ResNet(weights=None, depth=8)
    with pytest.raises(ValueError, match="Expected 10 classes.*Received: 2"):
        export.saved_model(model, tmp_path / "a", ["x", "y"])
    with pytest.raises(FileExistsError, match="the next version"):
        export.saved_model(model, tmp_path)
    with pytest.raises(ValueError, match="fixed input_shape"):
        export.saved_model(applications.ResNet(weights=None, depth=8, input_shape=(None, None, 3)), tmp_path / "b")
    with pytest.raises(ValueError, match="no classifier"):
        export.saved_model(applications.ResNet(include_top=False, weights=None, depth=8), tmp_path / "c")
    assert list(tmp_path.iterdir()) == []
