"""Any picture file to a model's input."""

import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from PIL import Image

from zoo.data import pictures

RAMP = np.arange(0, 240, 10, dtype=np.uint8).reshape(4, 6)


@pytest.mark.parametrize("suffix", ["png", "bmp", "gif", "webp"])
def test_lossless_grey_formats(tmp_path, suffix):
    path = tmp_path / f"ramp.{suffix}"
    Image.fromarray(RAMP).save(path, **({"lossless": True} if suffix == "webp" else {}))
    np.testing.assert_array_equal(pictures.read(path), np.repeat(RAMP[..., None], 3, axis=-1))


def test_jpeg(tmp_path):
    path = tmp_path / "ramp.jpg"
    Image.fromarray(np.full((16, 16, 3), (200, 30, 90), np.uint8)).save(path, quality=95)
    np.testing.assert_allclose(pictures.read(path).mean(axis=(0, 1)), (200, 30, 90), atol=4)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "CMYK"])
def test_modes(tmp_path, mode):
    black_and_white = np.tile(np.array([[0, 255], [255, 0]], np.uint8), (8, 8))
    path = tmp_path / ("a.tiff" if mode == "CMYK" else "a.png")
    Image.fromarray(black_and_white).convert("RGB").convert(mode).save(path)
    np.testing.assert_array_equal(pictures.read(path), np.repeat(black_and_white[..., None], 3, axis=-1))


def test_sixteen_bit_grey_is_scaled(tmp_path):
    values = np.array([[0, 257, 128 * 257], [65535, 1000, 40000]], np.uint16)
    path = tmp_path / "deep.png"
    Image.fromarray(values).save(path)
    np.testing.assert_array_equal(pictures.read(path)[..., 0], np.round(values / 257))


def test_transparency_lies_on_white(tmp_path):
    rgba = np.zeros((1, 3, 4), np.uint8)
    rgba[0, :, 0] = 200
    rgba[0, :, 3] = (0, 255, 128)
    Image.fromarray(rgba).save(tmp_path / "a.png")
    np.testing.assert_allclose(pictures.read(tmp_path / "a.png")[0], [[255] * 3, [200, 0, 0], [227, 127, 127]], atol=1)


def test_palette_with_a_transparent_colour_lies_on_white(tmp_path):
    picture = Image.new("P", (2, 1))
    picture.putpalette([10, 20, 30, 40, 50, 60])
    picture.putdata([0, 1])
    picture.save(tmp_path / "a.gif", transparency=1)
    np.testing.assert_array_equal(pictures.read(tmp_path / "a.gif")[0], [[10, 20, 30], [255, 255, 255]])


def test_exif_orientation_is_honoured(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown turned by 90° clockwise
    path = tmp_path / "turned.png"
    Image.fromarray(RAMP).save(path, exif=exif)
    np.testing.assert_array_equal(pictures.read(path)[..., 0], np.rot90(RAMP, -1))


def test_damaged_exif_does_not_lose_the_picture(tmp_path):
    path = tmp_path / "odd.png"
    Image.fromarray(RAMP).save(path, exif=b"Exif\x00\x00garbage")
    np.testing.assert_array_equal(pictures.read(path)[..., 0], RAMP)


def test_sixteen_bit_grey_with_a_transparent_value(tmp_path):
    values = np.array([[20000, 40000]], np.uint16)
    path = tmp_path / "deep.png"
    Image.fromarray(values).save(path, transparency=20000)
    np.testing.assert_array_equal(pictures.read(path)[0, :, 0], [255, round(40000 / 257)])


def test_only_picture_formats_are_tried(tmp_path):
    (tmp_path / "page.png").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    with pytest.raises(ValueError, match="cannot identify"):
        pictures.read(tmp_path / "page.png")


def test_first_frame_of_an_animation(tmp_path):
    frames = [Image.new("L", (3, 3), value) for value in (50, 200)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert (pictures.read(tmp_path / "a.gif") == 50).all()


def test_unreadable_files_say_why(tmp_path):
    (tmp_path / "text.png").write_text("hello")
    whole = tmp_path / "whole.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)).save(whole)
    (tmp_path / "half.png").write_bytes(whole.read_bytes()[:2000])
    (tmp_path / "empty.jpg").write_bytes(b"")
    for name in ("text.png", "half.png", "empty.jpg"):
        with pytest.raises(ValueError, match="not a readable picture"):
            pictures.read(tmp_path / name)
    with pytest.raises(ValueError, match="no such file"):
        pictures.read(tmp_path / "absent.png")
    (tmp_path / "folder").mkdir()
    with pytest.raises(ValueError, match="no pictures"):
        pictures.read(tmp_path / "folder")


def test_what_is_no_regular_file_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "zero.png").symlink_to("/dev/zero")
    for name in ("pipe.png", "zero.png"):
        with pytest.raises(ValueError, match="no regular file but a pipe, a socket or a device"):
            pictures.read(tmp_path / name)


def test_a_picture_that_is_too_large_says_what_fits(tmp_path):
    Image.new("1", (20_000, 20_000)).save(tmp_path / "large.png")
    with pytest.raises(ValueError, match="larger than 178,956,970 pixels, the most that is read; make it smaller"):
        pictures.read_fitted(tmp_path / "large.png", (8, 8))


MEASURE = """
import pathlib, re, sys
import keras
keras.ops.zeros(())
from zoo.data import pictures
assert pictures.read_fitted(sys.argv[1], (224, 224)).shape == (224, 224, 3)
print(int(re.search("VmHWM:\\s*([0-9]+) kB", pathlib.Path("/proc/self/status").read_text())[1]) * 1024)
"""


@pytest.mark.slow
def test_the_largest_picture_takes_less_than_a_gigabyte(tmp_path):
    """Of 22 kB in the file; as RGB it has 537 MB, as float32 2.1 GB."""
    Image.new("1", (13_370, 13_370)).save(tmp_path / "large.png")
    command = [sys.executable, "-c", MEASURE, tmp_path / "large.png"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 1e9


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "I;16"])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [(8, 8), (7, 12), (40, 30)])
def test_reading_in_strips_is_reading_and_fitting(tmp_path, monkeypatch, mode, channels, size):
    values = np.random.default_rng(0).integers(0, 256, (33, 50, 3)).astype(np.uint8)
    picture = Image.fromarray(values)
    if mode == "I;16":
        picture = Image.fromarray(values[..., 0].astype(np.uint16) * 200)
    elif mode == "RGBA":
        picture.putalpha(Image.fromarray(values[..., 0]))
    else:
        picture = picture.convert(mode)
    picture.save(tmp_path / "a.png")
    monkeypatch.setattr(pictures, "STRIP", 150)  # a few rows
    whole = pictures.fit(pictures.read(tmp_path / "a.png"), size, channels)
    np.testing.assert_allclose(pictures.read_fitted(tmp_path / "a.png", size, channels), whole, atol=1e-3)


def test_reading_in_strips_honours_the_exif_orientation(tmp_path):
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (20, 31, 3)).astype(np.uint8))
    exif = picture.getexif()
    exif[0x0112] = 6
    picture.save(tmp_path / "a.png", exif=exif)
    whole = pictures.fit(pictures.read(tmp_path / "a.png"), (10, 6))
    np.testing.assert_allclose(pictures.read_fitted(tmp_path / "a.png", (10, 6)), whole, atol=1e-3)


def test_the_crop_is_that_of_keras():
    """Up to a pixel where the sides do not divide, since that of Keras rounds another way."""
    picture = np.random.default_rng(0).integers(0, 256, (60, 90, 3)).astype(np.uint8)
    theirs = keras.ops.image.resize(
        keras.ops.cast(picture, "float32"), (16, 16), antialias=True, crop_to_aspect_ratio=True
    )
    np.testing.assert_allclose(pictures.fit(picture, (16, 16)), theirs, atol=1e-3)


def test_fit_keeps_a_picture_of_the_right_size():
    picture = np.random.default_rng(0).integers(0, 256, (32, 32, 3)).astype(np.uint8)
    np.testing.assert_array_equal(pictures.fit(picture, (32, 32)), picture)


@pytest.mark.parametrize("shape", [(20, 60), (60, 20)])
def test_fit_takes_the_centre(shape):
    """The middle third of the longer side is 100, the rest 0."""
    picture = np.zeros((*shape, 3), np.uint8)
    picture[(slice(20, 40), slice(None)) if shape[0] > shape[1] else (slice(None), slice(20, 40))] = 100
    fitted = np.asarray(pictures.fit(picture, (10, 10)))
    np.testing.assert_allclose(fitted, np.full((10, 10, 3), 100.0), atol=1e-4)


def test_fit_is_antialiased():
    """A one-pixel chequerboard becomes grey; without antialiasing it stays black or white."""
    board = np.indices((128, 128)).sum(axis=0) % 2 * 255
    fitted = np.asarray(pictures.fit(np.repeat(board[..., None], 3, axis=-1), (16, 16)))
    np.testing.assert_allclose(fitted[2:-2, 2:-2], 127.5, atol=1)


def test_fit_makes_pictures_grey_for_networks_of_one_channel():
    picture = np.zeros((8, 8, 3), np.uint8)
    picture[...] = (255, 0, 100)
    np.testing.assert_allclose(pictures.fit(picture, (4, 4), 1), np.full((4, 4, 1), 0.299 * 255 + 11.4), rtol=1e-5)


def test_fit_runs_in_a_graph_of_open_size():
    import tensorflow as tf

    function = tf.function(
        lambda images: pictures.fit(images, (8, 8)), input_signature=[tf.TensorSpec((None, None, None, 3), "uint8")]
    )
    images = np.random.default_rng(0).integers(0, 256, (2, 20, 31, 3)).astype(np.uint8)
    np.testing.assert_allclose(function(images)[0], pictures.fit(images[0], (8, 8)), atol=1e-3)
    assert keras.backend.standardize_dtype(function(images).dtype) == "float32"


def test_in_a_graph_pictures_are_resized_as_they_are_stored():
    """No operation makes a float copy of what comes in: four times the memory of a batch."""
    import tensorflow as tf

    function = tf.function(
        lambda images: pictures.fit(images, (8, 8)), input_signature=[tf.TensorSpec((None, None, None, 3), "uint8")]
    )
    operations = function.get_concrete_function().graph.get_operations()
    (resize,) = (each for each in operations if each.type == "ScaleAndTranslate")
    assert resize.inputs[0].dtype == tf.uint8
    wide = [each for each in operations if each.type == "Cast" and each.inputs[0].dtype == tf.uint8]
    assert wide == []
