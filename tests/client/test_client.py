"""The clients: what they send is what Zoo would see, and what goes wrong is said in words."""

import io
import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from pytest_httpserver import HTTPServer

from zoo.client import Answer, Predictor, ServerError
from zoo.client.pictures import encoded
from zoo.data import encoding, pictures

ROW = {"classes": ["cat", "dog"], "scores": [0.9, 0.1], "class_ids": [1, 0], "probabilities": [0.1, 0.9], "nfe": 3}


@pytest.fixture
def server():
    with HTTPServer() as server:
        yield server


def predictor(server, **arguments):
    return Predictor(server.url_for("/"), "pets", **arguments)


def some(count=1):
    return np.random.default_rng(0).integers(0, 256, (count, 6, 5, 3)).astype("uint8")


def drawn(mode, size=(40, 30)):
    """A picture of that mode in which no two quarters are alike."""
    rows, columns = np.mgrid[: size[1], : size[0]]
    ramp = np.stack([6 * columns, 8 * rows, 255 - 6 * columns], axis=-1).clip(0, 255).astype("uint8")
    picture = Image.fromarray(ramp)
    if mode == "I;16":
        return Image.fromarray(257 * ramp[..., 0].astype("uint16"))
    if mode in ("RGBA", "LA"):
        picture = picture.convert(mode)
        picture.putalpha(Image.fromarray((6 * columns).clip(0, 255).astype("uint8")))
        return picture
    return picture.convert(mode)


def saved(picture, kind, **arguments):
    file = io.BytesIO()
    picture.save(file, kind, **arguments)
    return file.getvalue()


TURNED = Image.Exif()
TURNED[encoding.ORIENTATION] = 6
FILES = {
    "PNG": saved(drawn("RGB"), "PNG"),
    "grey PNG": saved(drawn("L"), "PNG"),
    "PNG of a palette": saved(drawn("P"), "PNG"),
    "transparent PNG": saved(drawn("RGBA"), "PNG"),
    "grey and transparent": saved(drawn("LA"), "PNG"),
    "16-bit PNG": saved(drawn("I;16"), "PNG"),
    "BMP": saved(drawn("RGB"), "BMP"),
    "WebP": saved(drawn("RGB"), "WEBP", lossless=True),
    "TIFF": saved(drawn("RGB"), "TIFF"),
    "CMYK TIFF": saved(drawn("CMYK"), "TIFF"),
    "CMYK JPEG": saved(drawn("CMYK"), "JPEG"),
    "animated GIF": saved(drawn("P"), "GIF", save_all=True, append_images=[drawn("P").rotate(180)]),
    "turned JPEG": saved(drawn("RGB"), "JPEG", exif=TURNED),
    "turned PNG": saved(drawn("RGB"), "PNG", exif=TURNED),
}


@pytest.mark.parametrize("data", FILES.values(), ids=FILES)
def test_tensorflow_reads_what_is_sent_as_zoo_reads_the_file(data, tmp_path):
    tf = pytest.importorskip("tensorflow")
    (tmp_path / "picture").write_bytes(data)
    sent = tf.io.decode_image(encoding.for_a_graph(data), channels=3, expand_animations=False).numpy()
    np.testing.assert_array_equal(sent, pictures.read(tmp_path / "picture"))


@pytest.mark.parametrize("name", ["PNG", "grey PNG", "BMP"])
def test_a_plain_file_is_sent_as_it_is(name):
    assert encoding.for_a_graph(FILES[name]) is FILES[name]
    plain = saved(drawn("RGB"), "JPEG")
    assert encoding.for_a_graph(plain) is plain


def test_arrays_are_sent_without_loss():
    tf = pytest.importorskip("tensorflow")
    assert len(encoded(np.zeros((2, 28, 28), "uint8"))) == 2
    for image in (some()[0], some()[0, ..., 0], some()[0, ..., :1], some()[0].astype("float32")):
        read = tf.io.decode_image(encoding.of_array(image), channels=1 if image.shape[-1] != 3 else 3).numpy()
        np.testing.assert_array_equal(read.reshape(image.shape), image)


def test_what_was_divided_by_255_is_refused_or_said():
    with pytest.raises(ValueError, match="scale it back"):
        encoded([some()[0] / 255])
    with pytest.warns(UserWarning, match="divided by 255"):
        encoded([(some()[0] > 99).astype("float32")])


def test_answers_come_in_order_in_batches(server):
    asked = []

    def answer(request):
        from werkzeug import Response

        asked.append(request.get_json())
        rows = [{**ROW, "nfe": len(asked)} for _ in asked[-1]["instances"]]
        return Response(json.dumps({"predictions": rows}))

    server.expect_request("/v1/models/pets/versions/7:predict").respond_with_handler(answer)
    answers = predictor(server, version=7, batch_size=2).predict(some(5), "serving_steps_4")
    assert [each.more["nfe"] for each in answers] == [1, 1, 2, 2, 3]
    assert {each["signature_name"] for each in asked} == {"serving_steps_4"}
    first = answers[0]
    assert (first.label, first.labels, first.scores, first.class_ids) == ("cat", ("cat", "dog"), (0.9, 0.1), (1, 0))
    np.testing.assert_allclose(first.probabilities, [0.1, 0.9])


def test_a_busy_server_is_asked_again_and_a_refusal_is_not(server):
    server.expect_ordered_request("/v1/models/pets:predict").respond_with_json({"error": "busy"}, 429)
    server.expect_ordered_request("/v1/models/pets:predict").respond_with_json({"predictions": [ROW]})
    assert predictor(server).predict(some())[0].label == "cat"
    server.expect_ordered_request("/v1/models/pets:predict").respond_with_json({"error": "no picture"}, 400)
    with pytest.raises(ServerError, match="400: no picture") as raised:
        predictor(server).predict(some())
    assert raised.value.status == 400
    assert len(server.log) == 3


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"response_data": "<html>"}, "not with JSON"),
        ({"response_data": '{"predictions": []}'}, "gave no 1 predictions"),
        ({"response_data": "[]"}, "gave no 1 predictions"),
        ({"response_data": '{"predictions": [{"x": 1}]}'}, "lacks classes, scores"),
        ({"response_data": "", "status": 302, "headers": {"Location": "/elsewhere"}}, "302"),
    ],
)
def test_what_is_no_answer_is_said(answer, words, server):
    server.expect_request("/v1/models/pets:predict").respond_with_data(**answer)
    with pytest.raises(ServerError, match=words):
        predictor(server, retries=0).predict(some())


def test_a_server_that_is_not_there_is_named(server):
    url = server.url_for("/")
    server.stop()
    with pytest.raises(ServerError, match="could not be asked: .*Is the server running"):
        Predictor(url, "pets", retries=0).predict(some())
    assert not Predictor(url, "pets", retries=0).ready()


def test_a_server_that_is_silent_is_not_waited_for(server):
    import time

    server.expect_request("/v1/models/pets:predict").respond_with_handler(lambda request: time.sleep(1))
    with pytest.raises(ServerError, match="could not be asked"):
        predictor(server, timeout=0.1, retries=0).predict(some())


@pytest.mark.parametrize(
    ("images", "words"),
    [
        ("photo.png", "Received one picture"),
        (some()[0], "Received one picture"),
        ([b"text"], "picture 0: not a readable picture"),
        (["nothing.png"], "nothing.png: "),
        ([some()[0] / 255], "whole numbers from 0 to 255.*scale it back"),
        ([np.zeros((2, 2, 4))], r"\(2, 2, 4\)"),
        ([np.zeros((0, 2, 3))], r"\(0, 2, 3\)"),
    ],
)
def test_what_is_no_picture_is_refused_before_anything_is_sent(images, words, server):
    with pytest.raises(ValueError, match=words):
        predictor(server).predict(images)
    assert server.log == []


def test_arguments_are_checked():
    with pytest.raises(ValueError, match="http://"):
        Predictor("localhost:8501", "pets")
    with pytest.raises(ValueError, match="batch_size"):
        Predictor("http://localhost", "pets", batch_size=0)


def test_it_needs_neither_keras_nor_tensorflow():
    code = (
        "import sys; sys.modules['tensorflow'] = sys.modules['keras'] = None\n"
        "import numpy as np, zoo.client\n"
        "p = zoo.client.Predictor('http://127.0.0.1:9', 'x', retries=0)\n"
        "try: p.predict(np.zeros((1, 2, 2, 3), 'uint8'))\n"
        "except zoo.client.ServerError: print('asked')\n"
        "try: zoo.client.GrpcPredictor('127.0.0.1:9', 'x')\n"
        "except ImportError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.startswith("asked\nGrpcPredictor needs the extra serve"), done.stderr


def test_outputs_without_classes_have_their_names(server):
    signatures = {"logits": {"outputs": {"logits": {}}}, "__saved_model_init_op": {}}
    metadata = {"metadata": {"signature_def": {"signature_def": signatures}}}
    server.expect_request("/v1/models/pets/metadata").respond_with_json(metadata)
    server.expect_request("/v1/models/pets:predict").respond_with_json({"predictions": [[1.0, 2.0]]})
    asked = predictor(server)
    assert asked.outputs(some(), "logits") == [{"logits": [1.0, 2.0]}]
    assert list(asked.signatures) == ["logits"]
    with pytest.raises(ServerError, match="lacks classes"):
        asked.predict(some(), "logits")


def test_answer_takes_text_and_bytes():
    assert Answer.of({**ROW, "classes": [b"cat"]}, "x").labels == ("cat",)
