"""Work–precision picture: error at the end against evaluations of f, float64, Zoo's tableaus and TFP.

    python benchmarks/work_precision.py [--out docs/images/work_precision.png]

An orbit of eccentricity 0.3 (DETEST D2 of Hull et al., 1972) to t = 20, tolerances 10⁻³ … 10⁻¹⁰; the truth is the
orbit by Kepler's equation. Writes the picture and prints the table that it shows.
"""

import argparse
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import matplotlib
import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from zoo.solvers import RungeKuttaSolver

ECCENTRICITY, END = 0.3, 20.0
START = [1 - ECCENTRICITY, 0.0, 0.0, ((1 + ECCENTRICITY) / (1 - ECCENTRICITY)) ** 0.5]
TOLERANCES = [10.0**-power for power in range(3, 11)]


def orbit(t, u):
    """x'' = −x / |x|³."""
    cube = (u[0] ** 2 + u[1] ** 2) ** 1.5
    return tf.stack([u[2], u[3], -u[0] / cube, -u[1] / cube])


def truth():
    """Position at the end: Kepler's equation E − e sin E = t by Newton's method."""
    anomaly = END
    for _ in range(50):
        anomaly -= (anomaly - ECCENTRICITY * np.sin(anomaly) - END) / (1 - ECCENTRICITY * np.cos(anomaly))
    return [np.cos(anomaly) - ECCENTRICITY, (1 - ECCENTRICITY**2) ** 0.5 * np.sin(anomaly)]


def adaptive(name):
    return [RungeKuttaSolver(name, rtol=tol, atol=tol, max_steps=100_000) for tol in TOLERANCES]


CURVES = {
    "bosh3": lambda: adaptive("bosh3"),
    "dopri5": lambda: adaptive("dopri5"),
    "tsit5": lambda: adaptive("tsit5"),
    "rk4, equal steps": lambda: [RungeKuttaSolver("rk4", steps=50 * 2**power) for power in range(9)],
    "TFP DormandPrince": lambda: [tfp.math.ode.DormandPrince(rtol=tol, atol=tol) for tol in TOLERANCES],
}


def point(solver):
    """Evaluations and error."""

    @tf.function(autograph=False)
    def solve():
        return solver.solve(orbit, 0.0, tf.constant(START, tf.float64), tf.constant([END], tf.float64))

    results = solve()
    error = np.linalg.norm(results.states[0, :2] - truth())
    return int(results.diagnostics.num_ode_fn_evaluations), error


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", default="docs/images/work_precision.png")
    arguments = parser.parse_args()
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6, 4.2), layout="constrained")
    print("| | evaluations: error |\n|---|---|")
    for (name, solvers), marker in zip(CURVES.items(), "osD^x", strict=True):
        points = [point(solver) for solver in solvers()]
        axes.loglog(*zip(*points, strict=True), marker=marker, markersize=4, linewidth=1, label=name)
        print(f"| {name} | " + ", ".join(f"{count}: {error:.1e}" for count, error in points) + " |", flush=True)
    axes.set(xlabel="evaluations of f", ylabel="error of the position at t = 20")
    axes.set_title("Orbit of eccentricity 0.3, float64")
    axes.grid(True, which="major", linewidth=0.4)
    axes.legend(frameon=False)
    figure.savefig(arguments.out, dpi=120)


if __name__ == "__main__":
    main()
