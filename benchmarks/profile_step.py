"""Where the time of a training step of LM-ResNet-20 goes: share of each kind of operation, from TensorFlow's profiler.

    python benchmarks/profile_step.py [--batch 128] [--steps 10]

Ops run one after the other (one inter-op thread, intra-op threads as they are), so that their times add up to the
step's;
what is left is the time between them: the executor, Keras's loop and Python.
"""

import argparse
import collections
import glob
import os
import tempfile
import time

os.environ["TF_NUM_INTEROP_THREADS"] = "1"

import networks
import numpy as np
import tensorflow as tf
from tensorflow.tsl.profiler.protobuf import xplane_pb2

from zoo.training import compiling, recipes

KINDS = {
    "convolution, backward": ("Conv2DBackpropFilter", "Conv2DBackpropInput"),
    "convolution, forward": ("Conv2D", "FusedConv2D"),
    "batch normalization, backward": ("FusedBatchNormGradV3",),
    "batch normalization with ReLU, forward": ("FusedBatchNormV3", "FusedBatchNormEx"),
    "ReLU (alone)": ("Relu", "ReluGrad"),
    "adding and scaling states": ("AddV2", "AddN", "Mul", "Sub", "Sum", "Neg"),
    "padding": ("Pad", "Slice", "StridedSliceGrad"),
    "SGD": ("ResourceApplyKerasMomentum", "AssignSubVariableOp", "AssignAddVariableOp", "AssignVariableOp"),
}


def seconds_by_operation(folder) -> collections.Counter:
    """Seconds of each type of operation over the whole profile in the folder."""
    (path,) = glob.glob(f"{folder}/**/*.xplane.pb", recursive=True)
    space = xplane_pb2.XSpace()
    with open(path, "rb") as file:
        space.ParseFromString(file.read())
    seconds: collections.Counter = collections.Counter()
    for plane in space.planes:
        if not plane.name.startswith("/host:CPU"):
            continue
        for line in plane.lines:
            for event in line.events:
                name = plane.event_metadata[event.metadata_id].name
                scope, found, operation = name.rpartition(":")
                operation = operation.strip().removeprefix("_Mkl").removeprefix("Native")  # oneDNN's kernels
                if found and scope and operation[:1].isalpha() and "#" not in operation and "::" not in name:
                    seconds[operation] += event.duration_ps / 1e12
    return seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--steps", type=int, default=10)
    arguments = parser.parse_args()
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, (arguments.batch, 32, 32, 3)).astype(np.uint8)
    labels = generator.integers(0, 10, arguments.batch).astype(np.int32)
    model = networks.ours()
    compiling.compile_for(model, recipes.get("lm_resnet20-cifar10"), updates=1000)
    for _ in range(3):
        model.train_on_batch(images, labels)
    with tempfile.TemporaryDirectory() as folder:
        tf.profiler.experimental.start(folder)
        start = time.perf_counter()
        for _ in range(arguments.steps):
            model.train_on_batch(images, labels)
        whole = time.perf_counter() - start
        tf.profiler.experimental.stop()
        seconds = seconds_by_operation(folder)
    print(table(seconds, whole, arguments.steps))


def table(seconds, whole, steps) -> str:
    """Milliseconds a step and share of the step by kind, as Markdown."""
    kind = {operation: name for name, operations in KINDS.items() for operation in operations}
    sums: collections.Counter = collections.Counter()
    for operation, value in seconds.items():
        sums[kind.get(operation, "other operations")] += value
    sums["between operations"] = max(0.0, whole - sum(seconds.values()))
    lines = ["| | ms a step | share |", "|---|--:|--:|"]
    for name, value in sums.most_common():
        lines.append(f"| {name} | {1e3 * value / steps:.1f} | {100 * value / whole:.1f} % |")
    other = [f"{name} {1e3 * value / steps:.1f} ms" for name, value in seconds.most_common() if name not in kind][:5]
    return "\n".join([*lines, f"| **step** | {1e3 * whole / steps:.1f} | |", "", f"Largest others: {', '.join(other)}"])


if __name__ == "__main__":
    main()
