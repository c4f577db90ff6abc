"""Memory that one more unit of a reversible run costs in a training step, and what the recomputing takes in time.

    python benchmarks/memory.py [--units 9 17 25 33] [--batch 256] [--filters 32] [--repeats 1] [--rounds 9]

Units like RevNet's: f and g are ``basic_branch`` on half of the channels of 32 x 32 maps, float32, graph mode. Rows:
the same forward run with plain gradients, ``Reversible`` with its default ``checkpoint_every`` and with ``None``.
Memory: peak resident memory of a step minus the memory before it, after a step with one picture has built everything
but the activations, median over processes; slope over the number of units by least squares. Time: contenders take
turns in one process, with the first number of units. Linux only (/proc).
"""

import argparse
import os
import re
import statistics
import subprocess
import sys

import interleaved
import numpy as np

KINDS = {"plain gradients": None, "Reversible": {}, "Reversible, checkpoint_every=None": {"checkpoint_every": None}}


def training_step(kind, units, filters):
    """A compiled function of a batch of maps: forward, backward, one step of gradient descent."""
    import keras
    import tensorflow as tf

    from zoo.layers import Reversible, basic_branch
    from zoo.layers import field as _field

    keras.utils.set_random_seed(1)
    half = filters // 2
    pairs = [(basic_branch(half), basic_branch(half)) for _ in range(units)]
    layer = Reversible(pairs, step_size=1 / units, **(KINDS[kind] or {}))
    layer.build((None, 32, 32, filters))

    def plain(x, training):
        *_, halves = layer.states(x, lambda field, t, u: _field.evaluate(field, t, u, training))
        return tf.concat(halves, axis=-1)

    run = plain if KINDS[kind] is None else layer
    weights = [variable.value for variable in layer.trainable_variables]

    @tf.function(input_signature=[tf.TensorSpec((None, 32, 32, filters), "float32")])
    def step(x):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(run(x, training=True) ** 2)
        for weight, gradient in zip(weights, tape.gradient(loss, weights), strict=True):
            weight.assign_sub(0.01 * gradient)
        return loss

    return step


def maps(batch, filters):
    import tensorflow as tf

    return tf.constant(np.random.default_rng(0).normal(size=(batch, 32, 32, filters)).astype("float32"))


def status(field):
    """A memory field of this process, in MB."""
    with open("/proc/self/status") as file:
        return int(re.search(rf"{field}:\s+(\d+)", file.read())[1]) / 1024


ALLOCATOR = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TOP_PAD_": "0"}
"""Environment in which the allocator returns what is freed to the system at once."""


def peak(call):
    """MB by which the resident memory rises in a call."""
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")  # resets VmHWM
    before = status("VmRSS")
    call()
    return status("VmHWM") - before


def peak_of_a_step(kind, units, batch, filters):
    """MB by which the resident memory rises in a step."""
    step, x = training_step(kind, units, filters), maps(batch, filters)
    step(x[:1])
    return peak(lambda: float(step(x)))


def printed_by(script, *words):
    """The number that a script prints in a process of its own, whose allocator returns what is freed."""
    command = [sys.executable, script, *map(str, words)]
    environment = {**os.environ, **ALLOCATOR}
    return float(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)


def measured_in_processes(kind, units, arguments):
    """Median ``peak_of_a_step`` of fresh processes."""
    words = ("--child", kind, "--units", units, "--batch", arguments.batch, "--filters", arguments.filters)
    return statistics.median(printed_by(__file__, *words) for _ in range(arguments.repeats))


def time_ratios(arguments):
    """Time of a step over that of plain gradients in the same round, by kind."""
    x, units = maps(arguments.batch, arguments.filters), arguments.units[0]
    steps = {kind: training_step(kind, units, arguments.filters) for kind in KINDS}
    contenders = {kind: lambda step=step: float(step(x)) for kind, step in steps.items()}
    seconds = interleaved.measure(contenders, arguments.rounds, 1)
    reference = seconds["plain gradients"]
    return {kind: [own / base for own, base in zip(times, reference, strict=True)] for kind, times in seconds.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--units", type=int, nargs="+", default=[9, 17, 25, 33])
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--filters", type=int, default=32, help="channels of both halves together")
    parser.add_argument("--repeats", type=int, default=1, help="processes a point")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--child", choices=list(KINDS), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        return print(peak_of_a_step(arguments.child, arguments.units[0], arguments.batch, arguments.filters))
    megabytes = {kind: [measured_in_processes(kind, units, arguments) for units in arguments.units] for kind in KINDS}
    slopes = {kind: np.polyfit(arguments.units, values, 1)[0] for kind, values in megabytes.items()}
    ratios = time_ratios(arguments)
    print("| | MB at " + ", ".join(map(str, arguments.units)) + " units | MB a unit | of plain's | time of a step |")
    print("|---|--:|--:|--:|--:|")
    for kind in KINDS:
        peaks = ", ".join(f"{value:.0f}" for value in megabytes[kind])
        share = 100 * slopes[kind] / slopes["plain gradients"]
        time = f"{statistics.median(ratios[kind]):.2f} ({min(ratios[kind]):.2f} … {max(ratios[kind]):.2f})"
        print(f"| {kind} | {peaks} | {slopes[kind]:.2f} | {share:.1f} % | {time} |")


if __name__ == "__main__":
    main()
