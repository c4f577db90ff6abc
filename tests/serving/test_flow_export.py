"""An exported flow: its density and its sampler in a process without Zoo and Keras, and on the development server."""

import importlib
import json

import keras
import numpy as np
import pytest
import tensorflow as tf

import zoo
from zoo import applications, flows
from zoo.serving.exporting import flow_saved_model, measuring
from zoo.serving.exporting.density import density
from zoo.serving.server.versions import Versions

testclient = pytest.importorskip("starlette.testclient")
app = importlib.import_module("zoo.serving.server.app")
RNG = np.random.default_rng(0)
NOISE = RNG.normal(size=(5, 2)).astype("float32")
CLASSES = np.array([0, 1, 2, 3, 1], "int32")


def field(classes=None):
    return flows.TimeMLP((6,), activation="tanh", zero_last=False, classes=classes)


@pytest.fixture(scope="module")
def flow():
    keras.utils.set_random_seed(0)
    cnf = flows.CNF(field(3), solver="midpoint", steps=2, trace="hutchinson")
    return flows.FlowModel([cnf, flows.Affine(3.0, 1.0)], (2,), classes=3, name="plane")


@pytest.fixture(scope="module", autouse=True)
def quick():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measuring, "SECONDS", 0.0)
        yield


@pytest.fixture(scope="module")
def folder(flow, tmp_path_factory):
    folder = tmp_path_factory.mktemp("served") / "plane"
    assert zoo.export(flow, folder, dial=["bosh3:rtol=1e-3"], guidance="2:0.2:0.8") == folder / "1"
    return folder


def test_density_and_samples_are_the_flows_without_zoo(flow, folder, elsewhere):
    x = flow.sample(5, noise=NOISE, condition=CLASSES % 3).values
    density, none, sampled, adaptive = elsewhere(
        folder,
        ("log_prob", {"x": x, "condition": CLASSES}),
        ("log_prob", {"x": x, "condition": np.full(5, 3, "int32")}),
        ("sample", {"noise": NOISE, "condition": CLASSES % 3}),
        ("log_prob_bosh3_rtol_1e-3", {"x": x, "condition": CLASSES}),
    )
    np.testing.assert_allclose(density["log_prob"], flow.log_prob(x, CLASSES, trace="exact"), rtol=1e-5)
    np.testing.assert_allclose(none["log_prob"], flow.log_prob(x, trace="exact"), rtol=1e-5)
    guided = flow.sample(5, noise=NOISE, condition=CLASSES % 3, guidance=(2.0, 0.2, 0.8))
    np.testing.assert_allclose(sampled["samples"], guided.values, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(density["nfe"], [4] * 5)
    np.testing.assert_array_equal(sampled["nfe"], [guided.nfe] * 5)
    assert np.abs(sampled["samples"] - x).max() > 1e-2  # guidance does something
    precise = flow.log_prob(x, CLASSES, trace="exact", rtol=1e-6, atol=1e-6, solver="dopri5")
    np.testing.assert_allclose(adaptive["log_prob"], precise, atol=2e-2)


def test_the_trace_of_many_dimensions_takes_its_noise_from_outside(tmp_path, elsewhere):
    keras.utils.set_random_seed(0)
    stack = [flows.CNF(field(), trace="hutchinson", solver="euler", steps=2) for _ in range(2)]
    flow = flows.FlowModel(stack, (65,), condition_shape=(1,), name="wide")
    zoo.export(flow, tmp_path)
    x, condition = RNG.normal(size=(4, 65)).astype("float32"), RNG.normal(size=(4, 1)).astype("float32")
    probes = RNG.choice([-1.0, 1.0], (2, 4, 65)).astype("float32")
    given = {"x": x, "condition": condition}
    found = elsewhere(tmp_path, *(("log_prob", {**given, "probe": probe}) for probe in probes))
    for answer, probe in zip(found, probes, strict=True):
        np.testing.assert_allclose(answer["log_prob"], flow.log_prob(x, condition, probe=probe), rtol=1e-5)
    assert np.all(found[0]["log_prob"] != found[1]["log_prob"])
    assert "`probe`: float32 `(batch, 65)`" in (tmp_path / "README.md").read_text("utf-8")


def test_flows_inside_another_take_their_part_of_the_noise(tmp_path, elsewhere):
    keras.utils.set_random_seed(0)
    inside = flows.CNF(field(), trace="hutchinson", solver="euler", steps=1)
    flow = flows.FlowModel([flows.Multiscale([inside]), flows.Logit(0.05)], (66,), name="halves")
    zoo.export(flow, tmp_path)
    x, probe = RNG.random((3, 66)).astype("float32"), RNG.choice([-1.0, 1.0], (3, 66)).astype("float32")
    noise = RNG.normal(size=(3, 66)).astype("float32")
    far = np.concatenate([x[:1], np.full_like(x[:1], 2), x[2:]])  # no pixel: its request has no density, the others do
    density, sampled, beside = elsewhere(
        tmp_path,
        ("log_prob", {"x": x, "probe": probe}),
        ("sample", {"noise": noise}),
        ("log_prob", {"x": far, "probe": probe}),
    )
    np.testing.assert_allclose(density["log_prob"], flow.log_prob(x, probe=probe), rtol=1e-5)
    np.testing.assert_array_equal(beside["log_prob"], np.where([0, 1, 0], np.nan, density["log_prob"]))
    other = probe * np.where(np.arange(66) < 33, 1, -1)  # the half that goes to the base has no noise
    np.testing.assert_allclose(flow.log_prob(x, probe=other), density["log_prob"], rtol=1e-5)
    np.testing.assert_allclose(sampled["samples"], flow.sample(3, noise=noise).values, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(sampled["nfe"], [1] * 3)


def test_the_development_server(flow, folder):
    texts = (folder / "README.md").read_text("utf-8")
    assert "| `sample_bosh3_rtol_1e-3` | `noise`, `condition` | `samples`, `nfe` | bosh3, rtol 0.001" in texts
    assert "guidance 2 for 0.2 ≤ t < 0.8\n" in texts
    assert "for the whole batch" in texts
    body = {"signature_name": "sample", "inputs": {"noise": NOISE.tolist(), "condition": (CLASSES % 3).tolist()}}
    with testclient.TestClient(app.application(Versions(folder))) as server:
        path = "/v1/models/plane:predict"
        outputs = server.post(path, json=body).json()["outputs"]
        guided = flow.sample(5, noise=NOISE, condition=CLASSES % 3, guidance=(2.0, 0.2, 0.8))
        np.testing.assert_allclose(outputs["samples"], guided.values, rtol=1e-4, atol=1e-5)
        wrong = {
            "no signature 'serving_default'. Expected one of: ": {"inputs": body["inputs"]},
            "finite numbers": {**body, "inputs": {"noise": [[float("nan"), 0.0]], "condition": [1]}},
            "no such class. Expected 0 … 2, or 3 for none": {**body, "inputs": {"noise": [[0, 0]], "condition": [4]}},
            "the shape (any, 2)": {**body, "inputs": {"noise": [[0, 0, 0]], "condition": [1]}},
        }
        for words, request in wrong.items():
            answer = server.post(path, content=json.dumps(request))
            assert answer.status_code == 400
            assert words in answer.json()["error"]
        page = server.get("/").text
        assert "no classifier" in page
        assert "<li>sample(condition, noise)</li>" in page
        assert "normal with mean 0" in page


def test_the_warm_up_has_a_request_for_each_signature(folder):
    records = tf.data.TFRecordDataset(str(folder / "1/assets.extra/tf_serving_warmup_requests"))
    found = b"".join(record.numpy() for record in records)
    assert all(name in found for name in (b"log_prob_bosh3_rtol_1e-3", b"sample_bosh3_rtol_1e-3", b"noise"))


def test_what_differs_is_not_left_behind(flow, tmp_path, monkeypatch):
    true = flow_saved_model.expectations

    def moved(*arguments):
        found = true(*arguments)
        return {**found, "sample": {"samples": found["sample"]["samples"] + 0.1}}

    monkeypatch.setattr(flow_saved_model, "expectations", moved)
    with pytest.raises(RuntimeError, match="signature sample: samples differs"):
        zoo.export(flow, tmp_path / "a")
    assert list((tmp_path / "a").iterdir()) == []


def test_half_precision_becomes_float32():
    half = flows.TimeMLP((6,), zero_last=False, dtype="mixed_bfloat16")
    flow = flows.FlowModel([flows.CNF(half, solver="euler", steps=1)], (2,))
    served = density(flow, (), flows.Guidance(1.0)).flow
    assert {layer.compute_dtype for layer in served._flatten_layers()} == {"float32"}
    for mine, theirs in zip(flow.weights, served.weights, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_what_is_refused(flow, tmp_path):
    plain = flows.FlowModel([flows.CNF(field())], (2,), name="plain")
    refused = {
        "a file of onnx holds one function": (flow, {"to": "onnx"}),
        "`zoo evaluate` measures a flow": (flow, {"data": "folder"}),
        "none of labels=": (flow, {"labels": ["a", "b"]}),
        "plane has no columns": (flow, {"dial": ["column=1"]}),
        "midpoint has no embedded method": (flow, {"dial": ["midpoint:rtol=1e-3"]}),
        "which plain has not": (plain, {"guidance": 2.0}),
        "guidance is of flows": (applications.ResNetMNIST(weights=None), {"guidance": 2.0}),
    }
    for message, (model, arguments) in refused.items():
        with pytest.raises(ValueError, match=message):
            zoo.export(model, tmp_path / "a", **arguments)
    assert not (tmp_path / "a").exists()
