"""ONNX, LiteRT and OpenVINO: what is written runs there, alone, and says what the Keras model says."""

import pathlib
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

import zoo
from zoo import applications, layers
from zoo.serving.exporting import compare

RUNS = {
    "onnx": """
import onnxruntime
session = onnxruntime.InferenceSession(f"{folder}/model.onnx")
(only,) = session.get_inputs()
found = [session.run(["probabilities"], {only.name: each})[0] for each in pictures]
""",
    "litert": """
from ai_edge_litert.interpreter import Interpreter
run = Interpreter(f"{folder}/model.tflite").get_signature_runner()
found = [run(tensor=each)["probabilities"].copy() for each in pictures]
""",
    "openvino": """
import openvino
model = openvino.Core().compile_model(f"{folder}/model.xml", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
found = [model({"tensor": each})["probabilities"] for each in pictures]
""",
}
PROGRAM = """
import sys
import numpy as np
sys.modules.update(dict.fromkeys(("tensorflow", "zoo", "keras")))
folder = sys.argv[1]
pictures = list(np.load(f"{folder}/pictures.npz").values())
{run}
np.savez(f"{folder}/found.npz", *found)
"""


def odenet():
    """A grid, behind a layer that leaves inputs of its own in a graph that is converted carelessly."""
    image = keras.Input((8, 8, 1), name="image")
    u = keras.layers.Flatten()(keras.layers.Normalization(mean=100.0, variance=3000.0)(image))
    u = layers.RungeKutta(keras.layers.Dense(4, "tanh"), "rk4", 0.5, 2)(keras.layers.Dense(4)(u))
    return keras.Model(image, keras.layers.Dense(3)(u))


NETS = {
    "forward_euler": lambda: applications.ResNet(weights=None, depth=8, input_shape=(8, 8, 3)),
    "multistep": lambda: applications.LMResNet(weights=None, depth=14, input_shape=(8, 8, 3)),
    "odenet": odenet,
}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of the converters
@pytest.mark.parametrize("to", RUNS)
def test_it_computes_what_the_model_computes(to, tmp_path):
    for name, make in NETS.items():
        model, folder = make(), tmp_path / name
        assert zoo.export(model, folder, to).exists()
        shape = model.input_shape[1:]
        pictures = [np.random.default_rng(0).uniform(0, 255, (n, *shape)).astype(np.float32) for n in (1, 7)]
        np.savez(folder / "pictures.npz", *pictures)
        program = PROGRAM.replace("{run}", RUNS[to])
        done = subprocess.run([sys.executable, "-c", program, folder], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        with np.load(folder / "found.npz") as found:
            for batch, got in zip(pictures, found.values(), strict=True):
                expected = model(batch)
                expected = keras.ops.softmax(expected) if name == "odenet" else expected
                np.testing.assert_allclose(got, expected, atol=1e-5)
        assert len((folder / "labels.txt").read_text().splitlines()) == model.output_shape[-1]
        assert f"model.{'onnx' if to == 'onnx' else 'tflite' if to == 'litert' else 'xml'}" in (
            folder / "README.md"
        ).read_text("utf-8")


def test_what_a_runtime_cannot_do_is_refused_before_anything_is_written(tmp_path, monkeypatch):
    adaptive = applications.ODENetMNIST(weights=None, filters=4, input_shape=(12, 12, 1))
    for to in RUNS:
        with pytest.raises(ValueError, match=r"Expected equal steps: give dial=\['steps=4'\]"):
            zoo.export(adaptive, tmp_path / "a", to)
    with pytest.raises(ValueError, match=r"loops in TensorFlow's graph \(stage1\), which OpenVINO"):
        zoo.export(adaptive, tmp_path / "a", "openvino", dial=["steps=1"])
    with pytest.raises(ValueError, match="A file of onnx holds one setting of the dial. Received: serving_steps_1, se"):
        zoo.export(adaptive, tmp_path / "a", "onnx", dial=["steps=1,2"])
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    for to, extra in {"onnx": "export", "litert": "litert", "openvino": "openvino"}.items():
        with pytest.raises(ImportError, match=rf"pip install 'odezoo\[{extra}\]'"):
            zoo.export(NETS["forward_euler"](), tmp_path / "a", to)
    assert not (tmp_path / "a").exists()


@pytest.mark.filterwarnings("ignore")
def test_a_file_that_differs_is_not_left_behind(tmp_path, monkeypatch):
    true = compare.probabilities
    monkeypatch.setattr(compare, "probabilities", lambda served, tensor: true(served, tensor) + 0.5)
    with pytest.raises(RuntimeError, match="ONNX Runtime: probabilities differs from the Keras model's by"):
        zoo.export(odenet(), tmp_path / "a", "onnx")
    assert list((tmp_path / "a").iterdir()) == []


def small_classifier():
    pictures = keras.Input((8, 8, 3))
    return keras.Model(pictures, keras.layers.Dense(2, "softmax")(keras.layers.Flatten()(pictures)))


@pytest.mark.filterwarnings("ignore")
def test_the_converter_to_onnx_is_given_no_large_weight(monkeypatch, tmp_path):
    """It copies its graph before each optimization: of a ResNet-50 v2 with its weights that took 7.5 GB."""
    convert, onnx = pytest.importorskip("tf2onnx.convert"), pytest.importorskip("onnx")
    optimizer, graphs = pytest.importorskip("tf2onnx.optimizer"), pytest.importorskip("tf2onnx.graph")
    convert_graph, deepcopy = convert.from_graph_def, optimizer.copy.deepcopy
    given, copied = [], []

    def counted(definition, **options):
        given.append(definition.ByteSize())
        return convert_graph(definition, **options)

    def copy(what, *memo):
        if isinstance(what, graphs.Graph):
            constants = [node for node in what.get_nodes() if node.is_const()]
            copied.append(sum(node.get_tensor_value(as_list=False).nbytes for node in constants))
        return deepcopy(what, *memo)

    monkeypatch.setattr(convert, "from_graph_def", counted)
    monkeypatch.setattr(optimizer.copy, "deepcopy", copy)
    pictures = keras.Input((8, 8, 3))
    features = keras.layers.Conv2D(64, 5, strides=2)(keras.layers.Conv2D(64, 3)(pictures))
    model = keras.Model(pictures, keras.layers.Dense(2, "softmax")(keras.layers.Flatten()(features)))
    graph = onnx.load(zoo.export(model, tmp_path, "onnx")).graph
    kernels = {each.name for each in graph.initializer}
    assert max(given) < 20_000 < model.count_params()
    assert max(copied) < 20_000
    assert [each.name for each in graph.input] == ["tensor"]
    assert [node.input[1] in kernels for node in graph.node if node.op_type == "Conv"] == [True, True]
    assert len(kernels) == len({name for node in graph.node for name in node.input} & kernels), "none is left unread"


@pytest.mark.filterwarnings("ignore")
def test_the_converter_to_litert_finds_the_weights_in_a_file(monkeypatch, tmp_path):
    """What is in its graph it copies some sixty times: a ResNet-50 v2 took 6.7 GB, and an i-RevNet was killed."""
    pytest.importorskip("ai_edge_litert")
    given, convert = [], tf.lite.TFLiteConverter.from_saved_model

    def counted(folder):
        given.append((pathlib.Path(folder) / "saved_model.pb").stat().st_size)
        return convert(folder)

    monkeypatch.setattr(tf.lite.TFLiteConverter, "from_saved_model", counted)
    pictures = keras.Input((8, 8, 3))
    features = keras.layers.Conv2D(64, 5)(keras.layers.Conv2D(64, 3)(pictures))
    model = keras.Model(pictures, keras.layers.Dense(2, "softmax")(keras.layers.Flatten()(features)))
    assert zoo.export(model, tmp_path, "litert").stat().st_size > 4 * model.count_params()
    assert max(given) < model.count_params()


@pytest.mark.filterwarnings("ignore")
def test_onnx_is_made_without_an_optimization_that_fails(monkeypatch, tmp_path):
    optimizer = pytest.importorskip("tf2onnx.optimizer")

    def failing():
        raise RuntimeError("a bug of an optimization")

    monkeypatch.setitem(optimizer._optimizers, "remove_identity", failing)
    assert zoo.export(small_classifier(), tmp_path, "onnx").exists()
