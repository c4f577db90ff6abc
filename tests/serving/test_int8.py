"""int8 and float16: files that are smaller, say so, and name the classes that the Keras model names."""

import keras
import numpy as np
import pytest
from PIL import Image

import zoo
from zoo.serving.exporting import fewer_bits, precision
from zoo.serving.exporting.classifier import classifier


@pytest.fixture(scope="module")
def model():
    """A classifier of the brightest channel, which eight bits do not confuse."""
    image = keras.Input((8, 8, 3), name="image")
    u = keras.layers.Rescaling(1 / 255)(image)
    u = keras.layers.Conv2D(16, 3, padding="same", activation="relu", name="conv")(u)
    made = keras.Model(image, keras.layers.Dense(3, name="head")(keras.layers.GlobalAveragePooling2D()(u)))
    kernel = np.zeros((3, 3, 3, 16))
    kernel[1, 1] = np.eye(3, 16)
    made.get_layer("conv").kernel.assign(kernel)
    made.get_layer("head").kernel.assign(20 * np.eye(16, 3))
    return made


@pytest.fixture(scope="module")
def data():
    """Pictures with a brightest channel, and which it is."""
    generator = np.random.default_rng(0)
    images, classes = generator.integers(0, 150, (60, 8, 8, 3)), generator.integers(0, 3, 60)
    images[np.arange(60), :, :, classes] += 60
    return images.astype(np.uint8), classes


@pytest.mark.filterwarnings("ignore")  # of the converters
@pytest.mark.parametrize("to", ["litert", "onnx", pytest.param("openvino", marks=pytest.mark.slow)])
def test_int8_names_the_same_classes_and_says_how_well(model, data, tmp_path, to):
    path = zoo.export(model, tmp_path, to, precision="int8", calibration=data[0], data=data)
    readme = (tmp_path / "README.md").read_text("utf-8")
    assert "It computes in int8. On the 60 pictures for its ranges it agrees on" in readme
    assert "Top-1 on 60 pictures: " in readme
    assert ", of the Keras model 100.00 %" in readme
    own = float(readme.split("Top-1 on 60 pictures: ")[1].split(" %")[0])
    assert own >= 95
    assert {"litert": b"tfl.quantize", "onnx": b"QuantizeLinear", "openvino": b"FakeQuantize"}[to] in path.read_bytes()


@pytest.mark.filterwarnings("ignore")
def test_float16_halves_the_weights(tmp_path):
    wide = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(400)])
    wide.add(keras.layers.Dense(3, "softmax"))
    whole, half = (
        zoo.export(wide, tmp_path / name, "litert", precision=name).stat().st_size for name in ("float32", "float16")
    )
    assert half < 0.6 * whole


@pytest.mark.filterwarnings("ignore")
def test_float16_says_its_top_1(model, data, tmp_path):
    zoo.export(model, tmp_path, "litert", precision="float16", data=data)
    said = (tmp_path / "README.md").read_text("utf-8")
    assert "Its weights are float16. Top-1 on 60 pictures: 100.00 %, of the Keras model 100.00 %: +0.00." in said


def test_what_does_not_go_is_refused_before_anything_is_written(model, data, tmp_path):
    folder = tmp_path / "a"
    with pytest.raises(ValueError, match=r"int8 needs pictures to measure the ranges of numbers on: give calibration="):
        zoo.export(model, folder, "litert", precision="int8")
    with pytest.raises(ValueError, match="Only precision='int8' is calibrated"):
        zoo.export(model, folder, "litert", calibration=data[0])
    with pytest.raises(
        ValueError, match=r"Expected pictures of shape \(pictures, 8, 8, 3\).* Received: \(60, 8, 8, 1\)"
    ):
        zoo.export(model, folder, "litert", precision="int8", calibration=data[0][..., :1])
    for to, name in {"saved_model": "int8", "onnx": "float16"}.items():
        with pytest.raises(ValueError, match=f"precision of {to}"):
            zoo.export(model, folder, to, precision=name)
    with pytest.raises(FileNotFoundError):
        zoo.export(model, folder, "onnx", precision="int8", calibration=tmp_path / "none.npz")
    assert not folder.exists()


def test_pictures_are_found_in_a_file_and_taken_evenly(model, tmp_path):
    images = np.zeros((2000, 8, 8, 3), np.uint8)
    served = classifier(model)
    images[:, 0, 0, 0] = np.arange(2000) // 8
    for name in ("x_train", "pictures"):
        np.savez(tmp_path / f"{name}.npz", **{name: images, "z": images[:1]})
        found = precision.precision("int8", "onnx", tmp_path / f"{name}.npz", served).pictures
        assert found.shape == (precision.MOST, 8, 8, 3)
        assert found.dtype == np.float32
        assert (found[0, 0, 0, 0], found[-1, 0, 0, 0]) == (0, 249)


def test_a_folder_of_pictures_is_calibrated_on(model, data, tmp_path):
    for number, (image, label) in enumerate(zip(*data, strict=True)):
        folder = tmp_path / "pictures" / str(label)
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).resize((16, 8), 0).save(folder / f"{number}.png")
    found = precision.precision("int8", "onnx", str(tmp_path / "pictures"), classifier(model)).pictures
    assert found.shape == (60, 8, 8, 3)
    assert set(np.argmax(found.mean((1, 2)), axis=1)) == {0, 1, 2}
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="Expected a folder with pictures in it or below. Received none in"):
        precision.precision("int8", "onnx", tmp_path / "empty", classifier(model))


@pytest.mark.filterwarnings("ignore")
def test_an_int8_file_that_agrees_too_seldom_is_not_left_behind(model, data, tmp_path, monkeypatch):
    monkeypatch.setattr(fewer_bits, "AGREEMENT", 1.01)
    with pytest.raises(
        RuntimeError, match=r"In int8 .* has the Keras model's first class on .* Expected: at least 101%"
    ):
        zoo.export(model, tmp_path / "a", "litert", precision="int8", calibration=data[0])
    assert list((tmp_path / "a").iterdir()) == []
