"""A served LM-ResNet-20 in each runtime: latency of one picture, and pictures/s in batches of 32 and 128.

    pip install -e '.[bench,export,litert,openvino]' && python benchmarks/serving.py [--rounds 9]

Two threads each, float32, the same weights and the same batch in memory; contenders take turns in one process, and the
ratios are of the same round. PyTorch's network has the same layout (eager, channels-last, and through ``torch.compile``
with ``--compile``). A runtime that is not installed is left out, and said.
"""

import argparse
import importlib.util
import os
import pathlib
import tempfile
import time

os.environ["TF_NUM_INTRAOP_THREADS"] = "2"  # before TensorFlow is imported

if importlib.util.find_spec("torch"):
    import torch  # before TensorFlow: the other way round it crashes
import interleaved
import networks
import numpy as np
import tensorflow as tf

import zoo

THREADS = 2
REFERENCE = "PyTorch, eager"


def keras_predict(model, folder):
    return lambda images: model.predict_on_batch(images)


def saved_model(model, folder):
    signature = tf.saved_model.load(str(zoo.export(model, folder / "saved_model"))).signatures["tensor"]
    return lambda images: signature(tensor=tf.constant(images))["probabilities"].numpy()


def onnx_runtime(model, folder):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    path = next(pathlib.Path(zoo.export(model, folder / "onnx", to="onnx")).parent.rglob("model.onnx"))
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return lambda images: session.run(["probabilities"], {"tensor": images})[0]


def openvino(model, folder):
    import openvino

    path = next(pathlib.Path(zoo.export(model, folder / "openvino", to="openvino")).parent.rglob("model.xml"))
    settings = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": THREADS}
    compiled = openvino.Core().compile_model(path, "CPU", settings)
    return lambda images: compiled({"tensor": images})["probabilities"]


def litert(model, folder):
    from ai_edge_litert.interpreter import Interpreter

    path = next(pathlib.Path(zoo.export(model, folder / "litert", to="litert")).parent.rglob("model.tflite"))
    run = Interpreter(str(path), num_threads=THREADS).get_signature_runner()
    return lambda images: run(tensor=images)["probabilities"]


def pytorch(compiled):
    def make(model, folder):
        torch.set_num_threads(THREADS)
        network = networks.torch_lm_resnet20().eval().to(memory_format=torch.channels_last)
        network = torch.compile(network) if compiled else network

        def call(images):
            x = torch.from_numpy((images - 120) / 64).permute(0, 3, 1, 2)
            with torch.inference_mode():
                return torch.softmax(network(x), dim=1).numpy()

        return call

    return make


RUNTIMES = {
    REFERENCE: ("torch", pytorch(False)),
    "PyTorch, compiled": ("torch", pytorch(True)),
    "Keras predict_on_batch": ("keras", keras_predict),
    "SavedModel": ("tensorflow", saved_model),
    "ONNX Runtime": ("onnxruntime", onnx_runtime),
    "OpenVINO, float32": ("openvino", openvino),
    "LiteRT": ("ai_edge_litert", litert),
}
"""The module that each needs, and what makes its function of a batch."""


def latencies(calls, rounds, each):
    """Seconds of single calls, contenders taking turns."""
    found = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            for _ in range(each):
                start = time.perf_counter()
                call()
                found[name].append(time.perf_counter() - start)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--compile", action="store_true", help="torch.compile, too; it needs a C++ compiler")
    arguments = parser.parse_args()
    model = zoo.load("lm_resnet20-cifar10")
    images = np.random.default_rng(0).integers(0, 256, (128, 32, 32, 3)).astype(np.float32)
    functions = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, (module, make) in RUNTIMES.items():
            if importlib.util.find_spec(module) is None or (name.endswith("compiled") and not arguments.compile):
                print(f"left out: {name}")
                continue
            functions[name] = make(model, pathlib.Path(folder))
    reference = REFERENCE if REFERENCE in functions else next(iter(functions))
    ours = [name for name in functions if not name.startswith("PyTorch")]
    expected = functions[ours[0]](images[:4])
    for name in ours[1:]:
        difference = np.abs(functions[name](images[:4]) - expected).max()
        print(f"{name}: at most {difference:.1e} from {ours[0]} on 4 pictures (the temperature is not in Keras's)")

    single = {name: (lambda call=call: call(images[:1])) for name, call in functions.items()}
    for call in single.values():
        call()
    seconds = latencies(single, arguments.rounds, 20)
    print("\n| one picture | p50, ms | p99, ms | p50 relative to", reference, "|\n|---|--:|--:|--:|")
    median = {name: np.percentile(times, 50) for name, times in seconds.items()}
    for name, times in seconds.items():
        p50, p99 = (1000 * np.percentile(times, share) for share in (50, 99))
        print(f"| {name} | {p50:.2f} | {p99:.2f} | {median[name] / median[reference]:.2f} |")
    for batch in (32, 128):
        calls = {name: (lambda call=call, n=batch: call(images[:n])) for name, call in functions.items()}
        print(f"\nBatches of {batch}:\n")
        print(interleaved.table(interleaved.measure(calls, arguments.rounds, 3), batch, reference))


if __name__ == "__main__":
    main()
