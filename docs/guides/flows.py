"""Likelihood against flow matching on the same net: the table and the picture of docs/guides/flows.md.

    pip install '.[train]' && python docs/guides/flows.py [--toy 8gaussians] [--seconds 120]

Trains the published FFJORD of a toy three times from the same weights, each for as many CPU seconds (compilation and
measurements left out): by likelihood, and by matching with both couplings. The rate falls from 3e-3 to a hundredth
along a cosine of the time spent. Prints the table; what ``python docs/figures flow_trainings`` draws goes to
docs/figures/data/.
"""

import argparse
import math
import os
import pathlib
import sys
import time

os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

import keras
import numpy as np
import tensorflow as tf

import zoo
from zoo.data import toys

sys.path.append(str(pathlib.Path(__file__).parents[1] / "figures"))
import style

TRAININGS = {
    "likelihood": {"objective": "likelihood", "jit_compile": True},
    "matching, independent": {"objective": "flow_matching", "jit_compile": True},
    "matching, optimal transport": {"objective": "flow_matching", "coupling": "optimal_transport"},
}
BATCH, RATE, MEASURED = 256, 3e-3, 2_000
TIGHT = {"solver": "dopri5", "rtol": 1e-5, "atol": 1e-5}


def trained(toy, options, seconds):
    """The flow, ``[(CPU seconds, NLL), …]`` on the way, and the updates."""
    keras.utils.set_random_seed(0)
    flow = zoo.applications.FFJORD(toy, weights=None, **TIGHT)
    flow.compile(optimizer=keras.optimizers.Adam(RATE), **options)
    batches = tf.split(tf.constant(toys.sample(toy, 512 * BATCH, seed=1)), 512)
    test = toys.sample(toy, MEASURED, seed=2)
    flow.train_on_batch(batches[0])  # compiles
    spent, updates, course = 0.0, 0, []
    for share in (0.04, 0.08, 0.15, 0.25, 0.4, 0.55, 0.7, 0.85, 1.0):
        begun = time.process_time() - spent
        while (spent := time.process_time() - begun) < share * seconds:
            if updates % 10 == 0:
                flow.optimizer.learning_rate = RATE * (0.01 + 0.99 * (1 + math.cos(math.pi * spent / seconds)) / 2)
            flow.train_on_batch(batches[updates % len(batches)])
            updates += 1
        course.append((spent, -float(np.mean(flow.log_prob(test)))))
        print(f"  {spent:.0f} s, {updates} updates: {course[-1][1]:.4f} nats", flush=True)
    return flow, course, updates


def paths(flow, count, pieces=40):
    """States of the same noise at equal times, ``(times, count, 2)``."""
    cnf = flow.flows[0]
    times = np.linspace(cnf.t0, float(cnf.end), pieces + 1)
    return flow.transport(list(map(float, times)), n=count, seed=0, solver="rk4", steps=1).values.astype("float64")


def bent(states):
    """Mean length over mean distance, and ``∫ E‖u' − (u(1) − u(0))‖² dt / E‖u(1) − u(0)‖²``; 1 and 0 if straight."""
    pieces, straight = np.diff(states, axis=0), states[-1] - states[0]
    lengths, distances = np.linalg.norm(pieces, axis=-1).sum(axis=0), np.linalg.norm(straight, axis=-1)
    off = len(pieces) * pieces - straight
    return lengths.mean() / distances.mean(), np.sum(off**2, axis=-1).mean() / np.mean(distances**2)


def judged(flow):
    """Evaluations of f at 1e-5 for samples and densities, how bent the paths are, and what 8 Euler steps miss."""
    noise = np.random.default_rng(0).standard_normal((MEASURED, 2), dtype="float32")
    exact = flow.sample(MEASURED, noise=noise)
    few = [flow.sample(MEASURED, noise=noise, solver="euler", steps=steps).values for steps in (1, 8)]
    misses = [np.linalg.norm(each - exact.values, axis=1).mean() for each in few]
    length, curvature = bent(paths(flow, MEASURED))
    return exact.nfe, length, curvature, *misses


def rows_of(courses, states, true):
    """What is drawn: the true density, the course of each training, and the paths of its samples."""

    def row(kind, training, sample, x, y):
        return {"kind": kind, "training": training, "sample": sample, "x": float(x), "y": float(y)}

    return [
        row("true", "", "", 0, true),
        *(row("course", name, "", *point) for name, course in courses.items() for point in course),
        *(
            row("path", name, sample, *state)
            for name, own in states.items()
            for sample, path in enumerate(own.swapaxes(0, 1))
            for state in path[::4]
        ),
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--toy", default="8gaussians", choices=list(toys.TOYS))
    parser.add_argument("--seconds", type=float, default=120, help="CPU seconds of each training")
    arguments = parser.parse_args()
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    true = -float(np.mean(toys.log_density(arguments.toy, toys.sample(arguments.toy, MEASURED, seed=2))))
    courses, states, rows = {}, {}, []
    for name, options in TRAININGS.items():
        print(name, flush=True)
        flow, courses[name], updates = trained(arguments.toy, options, arguments.seconds)
        states[name] = paths(flow, 80)
        (spent, nll), (nfe, *rest) = courses[name][-1], judged(flow)
        cells = [updates, f"{1e3 * spent / updates:.1f}", f"{nll:.3f}", nfe, *(f"{value:.3f}" for value in rest)]
        rows.append(f"| {name} | {' | '.join(map(str, cells))} |")
    style.write("flow_trainings", rows_of(courses, states, true))
    print(f"\n{arguments.toy}, {arguments.seconds:g} CPU seconds each; NLL of the true density {true:.3f}\n")
    print(
        "| training | updates | ms each | NLL | evaluations of a sample at 1e-5 | length / distance | curvature | "
        "Euler × 1 misses by | Euler × 8 misses by |"
    )
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|", *rows, sep="\n")


if __name__ == "__main__":
    main()
