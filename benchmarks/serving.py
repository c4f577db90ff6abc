"""A served LM-ResNet-20 in each runtime: latency of one picture, and pictures/s in batches of 32 and 128.

    pip install -e '.[bench,export,litert,openvino]' && python benchmarks/serving.py [--rounds 9] [--without-compile]
    python benchmarks/serving.py --int8 cifar10.npz  # the files in int8, too, with ranges of these pictures
    python benchmarks/serving.py --threads 1 --cpu  # where other work runs: two threads wait for each other there

Two threads each, float32 (but for what says int8), the same batch in memory; contenders take turns in one process, and
the ratios are of the same round. PyTorch's network has the same layout. The SavedModel runs in a session of the C
library of TensorFlow, as in a server. A runtime that is not installed is left out, and said. ``--cpu`` counts the
seconds that the process computed in the place of those that passed.
"""

import argparse
import functools
import importlib.util
import os
import pathlib
import shutil
import statistics
import sys
import tempfile
import time

os.environ["TF_NUM_INTRAOP_THREADS"] = dict(zip(sys.argv, sys.argv[1:], strict=False)).get("--threads", "2")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

if importlib.util.find_spec("torch"):
    import torch  # before TensorFlow: the other way round it crashes
import c_session
import interleaved
import networks
import numpy as np

import zoo

THREADS = int(os.environ["TF_NUM_INTRAOP_THREADS"])  # TensorFlow reads it where it is imported
EAGER, JIT = "PyTorch, eager", "PyTorch, jit"


def keras_predict(model, folder):
    return lambda images: model.predict(images, batch_size=128, verbose=0)


def saved_model(model, folder):
    return c_session.Session(zoo.export(model, folder / "saved_model"), "tensor", "tensor", "probabilities", THREADS)


def onnx_runtime(model, folder, **precision):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    path = zoo.export(model, folder / "onnx", to="onnx", **precision)
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return lambda images: session.run(["probabilities"], {"tensor": images})[0]


def openvino(model, folder, **precision):
    import openvino

    path = zoo.export(model, folder / "openvino", to="openvino", **precision)
    settings = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": THREADS}
    compiled = openvino.Core().compile_model(path, "CPU", settings)
    return lambda images: compiled({"tensor": images})["probabilities"]


def litert(model, folder, **precision):
    from ai_edge_litert.interpreter import Interpreter

    path = zoo.export(model, folder / "litert", to="litert", **precision)
    run = Interpreter(str(path), num_threads=THREADS).get_signature_runner()
    return lambda images: run(tensor=images)["probabilities"]


def pytorch(prepare):
    """PyTorch's network, channels-last, after ``prepare(network, example)``."""

    def make(model, folder):
        torch.set_num_threads(THREADS)
        network = networks.torch_lm_resnet20().eval().to(memory_format=torch.channels_last)
        example = torch.zeros(1, 3, 32, 32).to(memory_format=torch.channels_last)
        with torch.inference_mode():
            network = prepare(network, example)

        def call(images):
            with torch.inference_mode():
                x = torch.from_numpy(images).permute(0, 3, 1, 2)  # channels-last in memory
                return torch.softmax(network((x - 120) / 64), dim=1).numpy()

        return call

    return make


def jit(network, example):
    return torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(network, example)))


RUNTIMES = {
    EAGER: ("torch", pytorch(lambda network, example: network)),
    JIT: ("torch", pytorch(jit)),
    "PyTorch, compiled": ("torch", pytorch(lambda network, example: torch.compile(network, dynamic=False))),
    "Keras predict": ("keras", keras_predict),
    "SavedModel": ("tensorflow", saved_model),
    "ONNX Runtime": ("onnxruntime", onnx_runtime),
    "OpenVINO": ("openvino", openvino),
    "LiteRT": ("ai_edge_litert", litert),
}
"""The module that each needs, and what makes its function of a batch."""


def contenders(model, folder, without_compile, pictures):
    """The functions of all runtimes that are there; with ``pictures``, an .npz file, those in int8 too."""
    found, runtimes = {}, dict(RUNTIMES)
    if pictures:
        for name in ("ONNX Runtime", "OpenVINO", "LiteRT"):
            module, make = RUNTIMES[name]
            whole = functools.partial(make, precision="int8", calibration=pictures)
            runtimes[f"{name}, int8"] = (module, whole)
    for number, (name, (module, make)) in enumerate(runtimes.items()):
        compiled = name == "PyTorch, compiled"
        if importlib.util.find_spec(module) is None or (compiled and (without_compile or not shutil.which("g++"))):
            print(f"left out: {name}")
            continue
        found[name] = make(model, pathlib.Path(folder, str(number)))
    return found


def latencies(calls, rounds, each, clock):
    """Seconds of single calls in each round, contenders taking turns; the first call of a turn is not counted, while
    threads of the one before may still wait for work."""
    found = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            times = []
            for _ in range(each + 1):
                start = clock()
                call()
                times.append(clock() - start)
            found[name].append(times[1:])
    return found


def table(seconds, references):
    """A Markdown table: milliseconds of all calls, and the medians relative to those of the same round."""
    lines = [f"| one picture | p50, ms | p99, ms | {' | '.join(f'p50 / {name}' for name in references)} |"]
    lines.append("|---|--:|--:|" + "--:|" * len(references))
    medians = {name: [statistics.median(times) for times in turns] for name, turns in seconds.items()}
    for name, turns in seconds.items():
        p50, p99 = (1000 * np.percentile(np.concatenate(turns), share) for share in (50, 99))
        shares = []
        for reference in references:
            ratios = [own / base for own, base in zip(medians[name], medians[reference], strict=True)]
            shares.append(f"{statistics.median(ratios):.2f} ({min(ratios):.2f} … {max(ratios):.2f})")
        lines.append(f"| {name} | {p50:.2f} | {p99:.2f} | {' | '.join(shares)} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--without-compile", action="store_true", help="no torch.compile, which takes a minute")
    parser.add_argument("--int8", metavar="FILE", help="an .npz file with pictures, such as x_train")
    parser.add_argument("--threads", type=int, default=2, help="of each contender")
    parser.add_argument("--cpu", action="store_true", help="seconds of the processor, not of the clock")
    arguments = parser.parse_args()
    clock = time.process_time if arguments.cpu else time.perf_counter
    model = zoo.load("lm_resnet20-cifar10")
    images = np.random.default_rng(0).integers(0, 256, (128, 32, 32, 3)).astype(np.float32)
    with tempfile.TemporaryDirectory() as folder:
        functions = contenders(model, folder, arguments.without_compile, arguments.int8)
    references = [name for name in (EAGER, JIT) if name in functions] or ["Keras predict"]
    single = {name: (lambda call=call: call(images[:1])) for name, call in functions.items()}
    for call in single.values():
        call()
    print(f"\n{table(latencies(single, arguments.rounds, 20, clock), references)}")
    for batch in (32, 128):
        calls = {name: (lambda call=call, n=batch: call(images[:n])) for name, call in functions.items()}
        print(f"\nBatches of {batch}:\n")
        print(interleaved.table(interleaved.measure(calls, arguments.rounds, 3, clock), batch, references[0]))


if __name__ == "__main__":
    main()
