"""Work and precision: error at the end against evaluations of f, float64, Zoo's tableaus and TFP.

    python benchmarks/work_precision.py

An orbit of eccentricity 0.3 (DETEST D2 of Hull et al., 1972) to t = 20, tolerances 10⁻³ … 10⁻¹⁰; the truth is the
orbit by Kepler's equation. Prints the table of benchmarks/README.md; ``python docs/figures work_precision`` draws what
stands there.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

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
    print("| | evaluations: error |\n|---|---|")
    for name, solvers in CURVES.items():
        points = [point(solver) for solver in solvers()]
        print(f"| {name} | " + ", ".join(f"{count}: {error:.1e}" for count, error in points) + " |", flush=True)


if __name__ == "__main__":
    main()
