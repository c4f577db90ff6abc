"""Time, evaluations and error of an ODE's gradient: Zoo's solver against TFP, torchdiffeq and diffrax, one run.

    python benchmarks/ode.py [--problems mlp2 mlp8 …] [--tolerances 1e-3 1e-5] [--rounds 7] [--seconds 0.05]

Forward and gradient of the state and all weights, float32, one thread, Dormand–Prince's method everywhere, the same
numbers for rtol and atol. Contenders take turns; a ratio is one of the same round. The error is that of the gradient,
relative to its norm, against one in float64 at tolerance 1e-10. "TFP, as exact" is TFP at the loosest tolerance
10⁻³ … 10⁻⁷ whose error is not above that of Zoo's replay. Convolutions run without XLA, whose own on a CPU take many
times as long as oneDNN's (``--xla-convolutions`` runs them, too). Prints Markdown.
"""

import argparse
import os
import statistics

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import diffrax
import interleaved
import jax
import numpy as np
import ode_fields
import tensorflow as tf
import tensorflow_probability as tfp
import torch
import torchdiffeq

from zoo.solvers import RungeKuttaSolver

LADDER = (1e-3, 1e-4, 1e-5, 1e-6, 1e-7)


def on_tensorflow(problem, solver, jit, dtype=tf.float32):
    """A call that returns the gradient (a list) and the evaluations of f in the forward pass."""
    f, weights, start = ode_fields.tensorflow_field(problem, dtype)

    @tf.function(jit_compile=jit, autograph=False)
    def gradient():
        with tf.GradientTape() as tape:
            tape.watch(start)
            results = solver.solve(f, 0.0, start, tf.constant([1.0], dtype))
            loss = tf.reduce_mean(results.states[-1] ** 2)
        return tape.gradient(loss, [start, *weights]), results.diagnostics.num_ode_fn_evaluations

    def call():
        slopes, evaluations = gradient()
        return [slope.numpy() for slope in slopes], int(evaluations)

    return call


def on_torch(problem, tol, adjoint):
    f, start = ode_fields.torch_field(problem)
    start.requires_grad_()
    solve = torchdiffeq.odeint_adjoint if adjoint else torchdiffeq.odeint
    times = torch.tensor([0.0, 1.0])

    def call():
        f.calls = 0
        f.zero_grad()
        start.grad = None
        loss = (solve(f, start, times, rtol=tol, atol=tol, method="dopri5")[-1] ** 2).mean()
        evaluations = f.calls
        loss.backward()
        slopes = [start.grad, *(weight.grad for weight in f.weights)]
        if problem.convolutional:
            slopes = [slopes[0].permute(0, 2, 3, 1), *(slope.permute(2, 3, 1, 0) for slope in slopes[1:])]
        return [slope.numpy() for slope in slopes], evaluations

    return call


def on_diffrax(problem, tol):
    f, weights, start = ode_fields.jax_field(problem)
    options = {"stepsize_controller": diffrax.PIDController(rtol=tol, atol=tol), "max_steps": 64}

    def loss(start, weights):
        term, method = diffrax.ODETerm(f), diffrax.Dopri5()
        solution = diffrax.diffeqsolve(term, method, 0.0, 1.0, None, start, weights, **options)
        return (solution.ys[-1] ** 2).mean(), solution.stats["num_steps"]

    gradient = jax.jit(jax.grad(loss, argnums=(0, 1), has_aux=True))

    def call():
        (d_start, d_weights), steps = gradient(start, weights)
        return [np.asarray(d_start), *map(np.asarray, d_weights)], 6 * int(steps) + 2

    return call


def flat(slopes):
    return np.concatenate([np.ravel(slope).astype("float64") for slope in slopes])


def contenders(problem, tol, exact, xla):
    """Calls by name; ``xla``: also compiled by XLA."""
    calls, tags = {}, {"graph": False, "XLA": True} if xla else {"graph": False}
    for tag, jit in tags.items():
        for kind in ("replay", "direct", "backsolve"):
            solver = RungeKuttaSolver(rtol=tol, atol=tol, gradient=kind)
            calls[f"zoo {kind}, {tag}"] = on_tensorflow(problem, solver, jit)
        calls[f"TFP, {tag}"] = on_tensorflow(problem, tfp.math.ode.DormandPrince(rtol=tol, atol=tol), jit)
    error = relative(flat(calls["zoo replay, graph"]()[0]), exact)
    for finer in LADDER:
        solver = tfp.math.ode.DormandPrince(rtol=finer, atol=finer)
        if relative(flat(on_tensorflow(problem, solver, False)()[0]), exact) <= error:
            calls |= {f"TFP, as exact, {tag}": on_tensorflow(problem, solver, jit) for tag, jit in tags.items()}
            break
    calls["torchdiffeq odeint_adjoint"] = on_torch(problem, tol, True)
    calls["torchdiffeq odeint"] = on_torch(problem, tol, False)
    if xla:
        calls["diffrax (JAX, XLA)"] = on_diffrax(problem, tol)
    return calls


def relative(value, exact):
    return np.linalg.norm(value - exact) / np.linalg.norm(exact)


def compared(problem, tol, exact, arguments):
    """Rows of the table of one problem and tolerance, and seconds by contender and round."""
    calls = contenders(problem, tol, exact, arguments.xla_convolutions or not problem.convolutional)
    facts = {name: call() for name, call in calls.items()}
    once = interleaved.measure(calls, 1, 1)
    count = max(1, int(arguments.seconds / statistics.median(times[0] for times in once.values())))
    seconds = interleaved.measure(calls, arguments.rounds, count)
    reference = seconds[faster(seconds, "zoo replay")]
    for name, times in seconds.items():
        slopes, evaluations = facts[name]
        error = relative(flat(slopes), exact)
        spread = ratio(times, reference)
        print(f"| {name} | {evaluations} | {error:.1e} | {1e3 * statistics.median(times):.2f} | {spread} |")
    return seconds


def faster(seconds, name):
    """That contender, compiled as it is faster."""
    return min((key for key in seconds if key.startswith(name)), key=lambda key: statistics.median(seconds[key]))


def ratio(times, reference):
    ratios = [time / base for time, base in zip(times, reference, strict=True)]
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} … {max(ratios):.2f})"


PAIRS = {
    "TFP, graph": "zoo replay, graph",
    "TFP, XLA": "zoo replay, XLA",
    "TFP, as exact, graph": "zoo replay, graph",
    "TFP, as exact, XLA": "zoo replay, XLA",
    "torchdiffeq odeint_adjoint": None,
    "torchdiffeq odeint": None,
    "diffrax (JAX, XLA)": None,
}
"""Which of ours each rival's time is divided by; ``None``: replay, compiled as it is faster."""


def summary(seconds):
    """The rivals' time over Zoo's, rival by rival."""
    cells = []
    replay, direct = faster(seconds, "zoo replay"), faster(seconds, "zoo direct")
    for rival, ours in PAIRS.items():
        cells.append(ratio(seconds[rival], seconds[ours or replay]) if rival in seconds else "—")
    return [*cells, ratio(seconds["torchdiffeq odeint"], seconds[direct])]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--problems", nargs="+", default=list(ode_fields.PROBLEMS), choices=list(ode_fields.PROBLEMS))
    parser.add_argument("--tolerances", type=float, nargs="+", default=[1e-3, 1e-5])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.05, help="of a turn, about")
    parser.add_argument("--xla-convolutions", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    rows = []
    for key in arguments.problems:
        problem = ode_fields.PROBLEMS[key]()
        fine = RungeKuttaSolver(rtol=1e-10, atol=1e-10, max_steps=1000)
        exact = flat(on_tensorflow(problem, fine, False, tf.float64)()[0])
        for tol in arguments.tolerances:
            print(f"\n{problem.name}, tolerance {tol:g}\n")
            print("| | f forward | gradient error | ms, median | time over the faster zoo replay: median (min … max) |")
            print("|---|--:|--:|--:|--:|", flush=True)
            seconds = compared(problem, tol, exact, arguments)
            rows.append([problem.name, f"{tol:g}", *summary(seconds)])
    names = [f"{rival} / {ours or 'zoo replay'}" for rival, ours in PAIRS.items()]
    print("\n| problem | tolerance | " + " | ".join([*names, "torchdiffeq odeint / zoo direct"]) + " |")
    print("|---|--:|" + "--:|" * (len(names) + 1))
    for row in rows:
        print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
