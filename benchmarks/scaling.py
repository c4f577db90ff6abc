"""Images/s of a training step on several devices: two JAX processes of one core each, and MirroredStrategy.

    pip install -e . 'jax[cpu]' && python benchmarks/scaling.py [--batch 128] [--rounds 9] [--calls 4]

LM-ResNet-20 by Keras's ``fit``, float32, SGD with Nesterov momentum and L2, the pictures in memory and augmented. Each
contender is one or two processes, bound to their cores before they import anything, which stay alive and take turns.
Two processes exchange gradients by gloo on loopback. Efficiency is the speed over that of one process on one core in
the same round, divided by the cores; for MirroredStrategy, whose replicas share a pool of threads, the speed is over
that of one device with the same two cores. Linux only (affinity). A backend that is not installed is left out.
"""

import argparse
import dataclasses
import importlib.util
import os
import socket
import statistics
import subprocess
import sys
import time

import interleaved


@dataclasses.dataclass(frozen=True)
class Contender:
    """A way to train: the cores of each of its processes, its batch as a multiple of ``--batch``, its strategy."""

    backend: str
    cores: tuple[str, ...]
    batches: int = 1
    strategy: str | None = None
    replicas: int | None = None


CONTENDERS = {
    "JAX, one process, one core": Contender("jax", ("0",)),
    "JAX, two processes, a core each": Contender("jax", ("0", "1"), 1, "data_parallel"),
    "JAX, two processes, a core each, twice the batch": Contender("jax", ("0", "1"), 2, "data_parallel"),
    "JAX, one process, two cores": Contender("jax", ("0,1",)),
    "TensorFlow, one device, two cores": Contender("tensorflow", ("0,1",)),
    "TensorFlow, MirroredStrategy, two replicas": Contender("tensorflow", ("0,1",), 1, "mirrored", 2),
}
REFERENCES = {"jax": "JAX, one process, one core", "tensorflow": "TensorFlow, one device, two cores"}


class Running:
    """The processes of a contender; a call lets all of them train once and waits for the last."""

    def __init__(self, contender: Contender, batch: int, calls: int) -> None:
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{listening.getsockname()[1]}"
        words = [contender.strategy, contender.replicas, batch * contender.batches, calls]
        self.processes = []
        for number, cores in enumerate(contender.cores):
            environment = {**os.environ, "KERAS_BACKEND": contender.backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
            if len(contender.cores) > 1:
                for name, value in (("JOB_ADDRESSES", address), ("NUM_PROCESSES", 2), ("PROCESS_ID", number)):
                    environment[f"KERAS_DISTRIBUTION_{name}"] = str(value)
            command = [sys.executable, __file__, "--child", cores, *map(str, words)]
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
            self.processes.append(subprocess.Popen(command, env=environment, **pipes))

    def __call__(self) -> None:
        for process in self.processes:
            print("train", file=process.stdin, flush=True)
        for process in self.processes:
            while (line := process.stdout.readline()) != "trained\n":
                assert line, "a process has ended before its time"

    def stop(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()


def child(cores, strategy, replicas, batch, calls):
    """Train for ``calls`` updates whenever a line comes in."""
    os.sched_setaffinity(0, map(int, cores.split(",")))
    import keras
    import numpy as np

    import zoo
    from zoo.data.batches import Batches
    from zoo.training import compiling, joining, processes, recipes
    from zoo.training.devices import devices, synchronize

    joining.join()
    keras.utils.set_random_seed(0)  # the same weights in all processes
    batch, replicas = int(batch), None if replicas == "None" else int(replicas)
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, (batch * int(calls), 32, 32, 3)).astype(np.uint8)
    with devices(None if strategy == "None" else strategy, batch, replicas):
        model = zoo.applications.LMResNet20(weights=None)
        synchronize(model)
        compiling.compile_for(model, recipes.get("lm_resnet20-cifar10"), updates=1000)
        given = processes.share(Batches(images, generator.integers(0, 10, len(images)), batch))
        for _ in sys.stdin:
            model.fit(given, verbose=0)
            print("trained", flush=True)


def spread(values):
    return f"{statistics.median(values):.2f} ({min(values):.2f} … {max(values):.2f})"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--calls", type=int, default=4, help="updates in one turn")
    parser.add_argument("--child", nargs=5, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        return child(*arguments.child)
    there = {name: each for name, each in CONTENDERS.items() if importlib.util.find_spec(each.backend)}
    running = {name: Running(each, arguments.batch, arguments.calls) for name, each in there.items()}
    try:
        seconds = interleaved.measure(running, arguments.rounds, 1, time.perf_counter)
    finally:
        for each in running.values():
            each.stop()
    print("| | images in an update | images/s | speed over the reference | efficiency |\n|---|--:|--:|--:|--:|")
    for name, contender in there.items():
        images = arguments.batch * contender.batches
        reference = REFERENCES[contender.backend]
        faster = [contender.batches * base / own for base, own in zip(seconds[reference], seconds[name], strict=True)]
        cores = sum(each.count(",") + 1 for each in contender.cores)
        share = cores / sum(each.count(",") + 1 for each in there[reference].cores)
        rate = images * arguments.calls / statistics.median(seconds[name])
        print(f"| {name} | {images} | {rate:.0f} | {spread(faster)} | {spread([each / share for each in faster])} |")


if __name__ == "__main__":
    main()
