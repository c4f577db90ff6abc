"""An exported folder in TensorFlow's C loader, as a server loads it, without Python's TensorFlow, Keras and Zoo."""

import sys
import zlib

import keras
import numpy as np
import pytest
import strange

import zoo
from zoo import layers
from zoo.data import encoding

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the C API is in the wheels for Linux")
INVALID_ARGUMENT = 3


@pytest.fixture(scope="module")
def mini(tmp_path_factory):
    """A model that sees a grey level, an ODE-Net of two steps, and the folder of its export."""
    keras.utils.set_random_seed(0)
    image = keras.Input((24, 20, 3), name="image")
    u = keras.layers.Conv2D(6, 3, strides=2, activation="relu")(keras.layers.Rescaling(1 / 64)(image))
    field = keras.layers.Conv2D(6, 3, padding="same", activation="tanh")
    u = layers.RungeKutta(field, "midpoint", 0.5, 2)(u)
    head = keras.layers.Dense(4, "softmax", kernel_initializer=keras.initializers.RandomNormal(stddev=2.0))
    model = keras.Model(image, head(keras.layers.GlobalAveragePooling2D()(u)), name="mini")
    folder = tmp_path_factory.mktemp("mini")
    return model, zoo.export(model, folder, labels=["ant", "bee", "cat", "dög"], dial=["steps=4"])


def predicted(model, data, path):
    """What ``zoo.predict`` says of the bytes of a picture file."""
    path.write_bytes(data)
    return zoo.predict(model, [path]).probabilities[0]


@pytest.mark.slow
def test_batches_of_each_signature_are_what_zoo_predicts(mini, natively, photos):
    model, folder = mini
    finer = zoo.rediscretize(model, "midpoint", steps=4)
    for count in (1, 2, 7, 64):
        files = [encoding.of_array(image) for image in photos(count)]
        own = photos(count, 24, 20).astype(np.float32)
        by_bytes, pixels, tensor, dialled, logits = natively(
            folder,
            ("serving_default", files),
            ("pixels", photos(count)),
            ("tensor", own),
            ("serving_steps_4", files),
            ("logits", files),
        )
        expected = zoo.predict(model, photos(count))
        for answer in (by_bytes, pixels):
            np.testing.assert_allclose(answer["probabilities"], expected.probabilities, atol=1e-5)
            assert answer["classes"][:, 0].tolist() == [
                ["ant", "bee", "cat", "dög"][int(label)] for label in expected.labels
            ]
        np.testing.assert_allclose(tensor["probabilities"], zoo.predict(model, own).probabilities, atol=1e-5)
        fine = zoo.predict(finer, photos(count)).probabilities
        np.testing.assert_allclose(dialled["probabilities"], fine, atol=1e-5)
        assert dialled["nfe"].tolist() == count * [8]
        np.testing.assert_allclose(keras.ops.softmax(logits["logits"]), expected.probabilities, atol=1e-5)


@pytest.mark.slow
def test_strange_pictures_are_read_as_zoo_reads_them(mini, natively, tmp_path):
    """As they are, or after what the client and ``zoo serve`` do before they send them."""
    model, folder = mini
    cases = {**strange.GOOD, **strange.PREPARED}
    raw = natively(folder, *(("serving_default", [data]) for data in cases.values()))
    prepared = natively(folder, *(("serving_default", [encoding.for_a_graph(data)]) for data in cases.values()))
    for (name, data), plain, sent in zip(cases.items(), raw, prepared, strict=True):
        expected = predicted(model, data, tmp_path / "picture")
        for answer in [sent] if name in strange.PREPARED else [plain, sent]:
            np.testing.assert_allclose(answer["probabilities"][0], expected, atol=1e-5, err_msg=name)
            assert answer["class_ids"][0, 0] == np.argmax(expected), name
    readme = (folder.parent / "README.md").read_text("utf-8")
    for words in ("EXIF", "transparency on white", "16 bits", "TIFF", "WebP"):
        assert words in readme


@pytest.mark.slow
def test_what_is_no_picture_is_an_invalid_argument(mini, natively):
    _, folder = mini
    asked = [("serving_default", [strange.GOOD["png"], bad]) for bad in strange.BAD.values()]
    asked += [("serving_default", []), ("pixels", np.zeros((0, 5, 5, 3), np.uint8))]
    asked += [("pixels", np.zeros((1, *shape), np.uint8)) for shape in ((0, 5, 3), (5, 0, 3), (5, 5, 1), (5, 5, 4))]
    asked += [("pixels", np.zeros(shape, np.uint8)) for shape in ((5, 5, 3), (1, 2**13, 2**12 + 1, 3))]
    asked += [("tensor", np.zeros(shape, np.float32)) for shape in ((0, 24, 20, 3), (1, 24, 20, 1), (1, 20, 24, 3))]
    for (name, given), answer in zip(asked, natively(folder, *asked), strict=True):
        assert answer[0] == INVALID_ARGUMENT, (name, np.shape(given), answer)
    for data in strange.BAD.values():
        with pytest.raises(ValueError, match="not a readable picture"):
            encoding.for_a_graph(data)


def test_a_picture_too_large_is_refused_before_it_is_decoded():
    header = encoding.of_array(np.zeros((1, 1), np.uint8))
    huge = header.replace((1).to_bytes(4, "big") * 2, (10_000).to_bytes(4, "big") * 2, 1)  # its pixels are missing
    crc = zlib.crc32(huge[12:29]).to_bytes(4, "big")
    with pytest.raises(ValueError, match="larger than 33,554,432 pixels"):
        encoding.for_a_graph(huge[:29] + crc + huge[33:])
