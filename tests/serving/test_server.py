"""The development server: TensorFlow Serving's REST, its bounds, and that no accepted request is lost."""

import base64
import concurrent.futures
import contextlib
import importlib
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

import colours
import numpy as np
import pytest
import requests

import zoo.client
from zoo.serving.server import protocol
from zoo.serving.server.limits import Limits
from zoo.serving.server.serve import serve
from zoo.serving.server.versions import Versions

testclient = pytest.importorskip("starlette.testclient")
app = importlib.import_module("zoo.serving.server.app")
RED, BLUE = (200, 10, 0), (0, 20, 220)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("served") / "colours"
    colours.write(folder / "1")
    return folder


@pytest.fixture(scope="module")
def server(folder):
    with testclient.TestClient(app.application(Versions(folder), Limits(body=100_000, pictures=3))) as server:
        yield server


def instances(*pictures):
    return {"instances": [{"b64": base64.b64encode(each).decode()} for each in pictures]}


def asked(server, body, model="colours", verb="predict"):
    answer = server.post(f"/v1/models/{model}:{verb}", **body)
    return answer.status_code, answer.json()


def test_instances_give_a_row_each_and_inputs_an_array_each(server):
    pictures = (colours.picture(RED), colours.picture(BLUE))
    code, rows = asked(server, {"json": instances(*pictures)})
    assert code == 200
    assert [row["classes"] for row in rows["predictions"]] == [["red", "green"], ["blue", "green"]]
    np.testing.assert_allclose(rows["predictions"][0]["probabilities"], np.array(RED) / 255, rtol=1e-6)
    columns = {"inputs": {"image_bytes": instances(*pictures)["instances"]}}
    code, arrays = asked(server, {"json": columns})
    assert code == 200
    assert arrays["outputs"]["class_ids"] == [[0, 1], [2, 1]]
    named = {"instances": [{"image_bytes": each} for each in instances(*pictures)["instances"]]}
    assert asked(server, {"json": named}) == (200, rows)


def test_a_signature_is_chosen_and_its_only_output_has_no_name(server):
    body = instances(colours.picture(RED))
    code, answer = asked(server, {"json": {**body, "signature_name": "serving_steps_4"}})
    assert (code, answer["predictions"][0]["nfe"]) == (200, 4)
    code, answer = asked(server, {"json": {**body, "signature_name": "logits"}})
    np.testing.assert_allclose(answer["predictions"], [np.array(RED) / 255], rtol=1e-6)
    assert asked(server, {"json": {"signature_name": "pixels", "instances": [[1, 2], [3, 255]]}}) == (
        200,
        {"predictions": [3, 258]},
    )


WRONG = {
    "no JSON": ({"content": b"{"}, 400, "no JSON"),
    "no object": ({"json": [1]}, 400, "instances"),
    "neither": ({"json": {}}, 400, "either"),
    "both": ({"json": {"instances": [1], "inputs": [1]}}, 400, "either"),
    "empty": ({"json": {"instances": []}}, 400, "at least one"),
    "no bytes": ({"json": {"instances": ["text"]}}, 400, "b64"),
    "no base64": ({"json": {"instances": [{"b64": "?"}]}}, 400, "no base64"),
    "no picture": ({"json": instances(b"text")}, 400, "picture 0: not a readable picture"),
    "one of two": ({"json": instances(colours.picture(RED), b"")}, 400, "picture 1"),
    "truncated": ({"json": instances(colours.picture(RED, size=(60, 60))[:90])}, 400, "picture 0"),
    "too large for the graph": ({"json": instances(colours.picture(RED, size=(65, 4)))}, 400, "at most 64 rows"),
    "too many": ({"json": instances(*4 * [colours.picture(RED)])}, 400, "at most 3 pictures"),
    "another input": ({"json": {"inputs": {"pixels": [1]}}}, 400, "Expected the inputs image_bytes"),
    "unknown signature": ({"json": {"signature_name": "x", "instances": [1]}}, 400, "serving_steps_4"),
    "signature of another type": ({"json": {"signature_name": 1, "instances": [1]}}, 400, "string"),
    "ragged": ({"json": {"signature_name": "pixels", "instances": [[1], [1, 2]]}}, 400, "one size"),
    "another shape": ({"json": {"signature_name": "pixels", "instances": [[1]]}}, 400, "(any, 2)"),
    "no whole numbers": ({"json": {"signature_name": "pixels", "instances": [[0.5, 1]]}}, 400, "whole numbers"),
    "beyond a byte": ({"json": {"signature_name": "pixels", "instances": [[256, 1]]}}, 400, "from 0 to 255"),
    "no numbers": ({"json": {"signature_name": "pixels", "instances": [["a", "b"]]}}, 400, "numbers"),
    "deep": ({"content": b"[" * 90_000}, 400, "no JSON"),
    "large": ({"content": b" " * 100_001}, 413, "100,000 bytes"),
}


@pytest.mark.parametrize(("body", "status", "words"), WRONG.values(), ids=WRONG)
def test_a_wrong_request_is_refused_with_a_reason(body, status, words, server):
    code, answer = asked(server, body)
    assert code == status
    assert set(answer) == {"error"}
    assert words in answer["error"]


def test_paths_beside_predict(server):
    status = server.get("/v1/models/colours").json()["model_version_status"]
    assert [(each["version"], each["state"]) for each in status] == [("1", "AVAILABLE")]
    assert server.get("/v1/models/colours/versions/1").status_code == 200
    assert "Expected: 1" in server.get("/v1/models/colours/versions/2").json()["error"]
    assert "Expected: 'colours'" in server.get("/v1/models/other").json()["error"]
    signatures = server.get("/v1/models/colours/metadata").json()["metadata"]["signature_def"]["signature_def"]
    assert set(signatures) == {"serving_default", "serving_steps_4", "logits", "pixels"}
    assert signatures["pixels"]["inputs"]["pixels"]["dtype"] == "DT_UINT8"
    assert signatures["serving_default"]["outputs"]["scores"]["dtype"] == "DT_FLOAT"
    for verb in ("classify", "regress"):
        code, answer = asked(server, {"json": {}}, verb=verb)
        assert (code, verb in answer["error"]) == (404, True)
    assert server.get("/nothing").json() == {"error": "Not Found"}
    assert server.get("/healthz").text == "ok\n"
    assert 'zoo_requests_total{model="colours",status="404"}' in server.get("/metrics").text


def test_a_page_elsewhere_cannot_pose_as_this_machine(server):
    assert server.get("/", headers={"host": "example.org"}).status_code == 400
    page = server.get("/")
    assert "colours" in page.text
    assert "{{" not in page.text
    assert "http" not in page.text, "the page asks nobody else"
    assert "access-control-allow-origin" not in page.headers


def test_one_more_than_the_queue_holds_is_sent_away(folder, monkeypatch):
    versions, hold = Versions(folder), threading.Event()
    with testclient.TestClient(app.application(versions, Limits(queue=2, workers=1))) as server:
        run = versions.current.run
        monkeypatch.setattr(versions.current, "run", lambda *a: hold.wait(20) and run(*a))
        with concurrent.futures.ThreadPoolExecutor(4) as threads:
            futures = [threads.submit(asked, server, {"json": instances(colours.picture(RED))}) for _ in range(4)]
            done, _ = concurrent.futures.wait(futures, 20, concurrent.futures.FIRST_COMPLETED)
            while len(done) < 2:
                done, _ = concurrent.futures.wait(futures, 0.1)
            assert {future.result()[0] for future in done} == {429}
            hold.set()
            codes = sorted(future.result()[0] for future in futures)
    assert codes == [200, 200, 429, 429]


def test_an_error_of_ours_is_500_without_its_inside(folder, monkeypatch):
    versions = Versions(folder)
    with testclient.TestClient(app.application(versions), raise_server_exceptions=False) as server:
        monkeypatch.setattr(versions.current, "run", lambda *_: 1 / 0)
        code, answer = asked(server, {"json": instances(colours.picture(RED))})
    assert (code, answer["error"]) == (500, "ZeroDivisionError; the server's log has more.")


def test_a_newer_version_is_taken_and_a_damaged_one_is_not(tmp_path, monkeypatch):
    monkeypatch.setattr(app, "RELOAD", 0.05)
    colours.write(tmp_path / "colours" / "1")
    with testclient.TestClient(app.application(Versions(tmp_path / "colours"))) as server:
        (tmp_path / "colours" / "3").mkdir()
        (tmp_path / "colours" / "3" / "saved_model.pb").write_bytes(b"damaged")
        time.sleep(0.3)
        assert server.get("/v1/models/colours/versions/1").status_code == 200
        colours.write(tmp_path / "later" / "4", darker=0.5)
        (tmp_path / "later" / "4").rename(tmp_path / "colours" / "4")
        until = time.monotonic() + 30
        while server.get("/v1/models/colours/versions/4").status_code != 200 and time.monotonic() < until:
            time.sleep(0.05)
        _, answer = asked(server, {"json": instances(colours.picture(RED))})
    np.testing.assert_allclose(answer["predictions"][0]["probabilities"], np.array(RED) / 510, rtol=1e-6)


def test_a_folder_without_a_version_is_refused(tmp_path):
    with pytest.raises(ValueError, match="zoo export MODEL --out"):
        Versions(tmp_path)


def test_a_taken_port_is_said(folder):
    with contextlib.closing(__import__("socket").socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=f"127.0.0.1:{port} cannot be listened on"):
            serve(folder, port=port)


@contextlib.contextmanager
def process(folder):
    """``zoo serve`` as a process of its own: the process and its address."""
    command = [sys.executable, "-m", "zoo", "serve", str(folder), "--port", "0"]
    started = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        line = started.stdout.readline()
        assert " at http://" in line, started.stderr.read()[-2000:]
        url = line.split(" at ")[1].split()[0]
        predictor = zoo.client.Predictor(url, folder.name)
        until = time.monotonic() + 60
        while not predictor.ready() and time.monotonic() < until:
            time.sleep(0.1)
        yield started, url
    finally:
        started.kill()
        started.communicate()


def memory(pid):
    """Resident bytes of a process."""
    return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_thousand_good_and_bad_requests_and_an_end_under_load(folder):
    """Every tenth is no picture. Then SIGTERM comes while requests are on their way."""
    count = int(os.environ.get("ZOO_REQUESTS", "1000"))
    kinds = [(RED, "red", "PNG"), (BLUE, "blue", "WEBP"), ((3, 240, 9), "green", "GIF")]
    session = threading.local()

    def ask(number):
        colour, label, kind = kinds[number % 3]
        data = b"no picture" if number % 10 == 9 else colours.picture(colour, kind, lossless=True)
        own = session.__dict__.setdefault("own", requests.Session())
        answer = own.post(f"{url}/v1/models/colours:predict", json=instances(data), timeout=60)
        right = label if number % 10 != 9 else None
        return answer.status_code, answer.json(), right

    with process(folder) as (started, url), concurrent.futures.ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(ask, range(count // 2)))
        before = memory(started.pid)
        answers += threads.map(ask, range(count // 2, count))
        assert memory(started.pid) - before < 50e6
        for code, answer, right in answers:
            if right is None:
                assert (code, "not a readable picture" in answer["error"]) == (400, True)
            else:
                assert code == 200, answer
                assert answer["predictions"][0]["classes"][0] == right
        late = [threads.submit(ask, number) for number in range(64)]
        concurrent.futures.wait(late, return_when=concurrent.futures.FIRST_COMPLETED)
        started.send_signal(signal.SIGTERM)
        ended = [future.exception() or future.result() for future in late]
        assert started.wait(30) in (0, -signal.SIGTERM)
    lost = [each for each in ended if isinstance(each, requests.exceptions.ReadTimeout)]
    assert lost == []
    assert sum(not isinstance(each, Exception) for each in ended) >= 1
    for each in ended:  # what was not answered had not been accepted
        if not isinstance(each, requests.exceptions.ConnectionError):
            assert each[0] in (200, 400)


def test_asyncio_is_not_blocked_while_a_prediction_runs(folder, monkeypatch):
    versions, hold = Versions(folder), threading.Event()
    with testclient.TestClient(app.application(versions)) as server:
        run = versions.current.run
        monkeypatch.setattr(versions.current, "run", lambda *a: hold.wait(20) and run(*a))
        with concurrent.futures.ThreadPoolExecutor(1) as threads:
            waiting = threads.submit(asked, server, {"json": instances(colours.picture(RED))})
            assert server.get("/healthz").status_code == 200
            assert not waiting.done()
            hold.set()
            assert waiting.result()[0] == 200


def test_rows_are_what_columns_are():
    outputs = {"a": np.array([[1, 2], [3, 4]]), "b": np.array([b"x", "ü".encode()], object)}
    assert protocol.answer(outputs, rows=True) == {"predictions": [{"a": [1, 2], "b": "x"}, {"a": [3, 4], "b": "ü"}]}
    assert protocol.answer(outputs, rows=False) == {"outputs": {"a": [[1, 2], [3, 4]], "b": ["x", "ü"]}}
