"""Time of a flow's training step: Zoo against TFP's FFJORD, torchdiffeq and PyTorch; time to a likelihood.

    pip install -e '.[bench]' && python benchmarks/flows.py [--part tfp torch matching time-to-nll] [--dims 2 6 21 43]

All on one thread, float32, contenders in turn; a ratio is one of the same round. The fields are those of the published
FFJORDs (``flow_fields.py``), the same numbers in all.

tfp: NLL of a batch and its gradient, Dormand–Prince at the same rtol = atol. The error is that of the gradient,
relative to its norm, against one in float64 at 1e-10 with the same noise. With Hutchinson's trace also at equal error:
"TFP, as exact" at the loosest tolerance 10⁻² … 10⁻⁷ where it is not above ours, if there is one, and "zoo, as exact" at
the loosest where it is not above TFP's. "direct" keeps the activations of all steps, as torchdiffeq's odeint does, and
is timed in a graph. TFP's exact trace does not compile under XLA.
torch: the same against an FFJORD on torchdiffeq, written here after the authors' code.
matching: an update of flow matching with Adam, against the same net and loss (torchcfm's) in PyTorch; also with many
updates an execution (``compile(…, steps_per_execution=)``).
time-to-nll: CPU seconds of training, compilation left out, until the mean NLL of test points of a toy is so near to
that of the true density.

Prints Markdown.
"""

import argparse
import functools
import importlib.util
import os
import statistics
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
if importlib.util.find_spec("torch"):
    importlib.import_module("torch._dynamo")  # loaded after TensorFlow it crashes (PyTorch 2.14)

import flow_fields
import interleaved
import keras
import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp
from tensorflow_probability.python.bijectors import ffjord

from zoo import applications, flows
from zoo.data import toys

LADDER = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7)
TAGS = {"graph": False, "XLA": True}
UPDATES = 50
"""Of flow matching in a call."""


def ours(problem, tol, trace, jit, dtype="float32", gradient="replay"):
    """A call that gives the loss, its gradient (a list) and the evaluations of f forward."""
    how = {"trace": trace, "rtol": tol, "atol": tol, "gradient": gradient}
    cnf = flows.CNF(flow_fields.keras_field(problem, dtype), dtype=dtype, **how)
    cnf.build((None, problem.dimensions))
    x, epsilon = tf.constant(problem.x, dtype), tf.constant(problem.epsilon, dtype)
    given = {"epsilon": epsilon} if trace == "hutchinson" else {}
    return compiled(lambda: cnf.inverse(x, training=True, **given), cnf.field, jit)


def tfps(problem, tol, trace, jit):
    field = flow_fields.keras_field(problem)
    x, epsilon = tf.constant(problem.x, "float32"), tf.constant(problem.epsilon, "float32")
    augment = ffjord.trace_jacobian_exact
    if trace == "hutchinson":
        noise = {"sample_fn": lambda shape, dtype, seed: epsilon[None]}
        augment = functools.partial(ffjord.trace_jacobian_hutchinson, **noise)
    calls = 0

    def counted(t, u):
        nonlocal calls
        calls += 1
        return field(tf.cast(t, tf.float32), u)

    def inverse():
        solver = tfp.math.ode.DormandPrince(rtol=tol, atol=tol)
        counts = []

        def solve(**arguments):
            results = solver.solve(**arguments)
            counts.append(results.diagnostics.num_ode_fn_evaluations)
            return results

        bijector = tfp.bijectors.FFJORD(counted, ode_solve_fn=solve, trace_augmentation_fn=augment)
        z = bijector.inverse(x)
        change = bijector.inverse_log_det_jacobian(x, event_ndims=1)
        assert len(counts) == 1, "the cache of the bijector is to give the change without a second solve"
        return z, change, counts[0]

    return compiled(inverse, field, jit)


def compiled(inverse, field, jit):
    variables = [variable.value for variable in field.trainable_variables]

    @tf.function(jit_compile=jit, autograph=False)
    def step():
        with tf.GradientTape() as tape:
            z, change, evaluations = inverse()
            constant = 0.5 * z.shape[1] * np.log(2 * np.pi)
            loss = tf.reduce_mean(0.5 * tf.reduce_sum(z * z, axis=1) - change) + constant
        return loss, tape.gradient(loss, variables), evaluations

    def call():
        loss, slopes, evaluations = step()
        return float(loss), [slope.numpy() for slope in slopes], int(evaluations)

    return call


def torchs(problem, tol, trace, adjoint):
    """lib/layers/odefunc.py and cnf.py of the authors' code, on the torchdiffeq of today."""
    import torch
    import torchdiffeq

    class Dynamics(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.field, self.calls = flow_fields.torch_field(problem), 0

        def forward(self, t, state):
            self.calls += 1
            with torch.enable_grad():
                u = state[0].requires_grad_(True)
                slope = self.field(t, u)
                if trace == "exact":
                    rows = [torch.autograd.grad(slope[:, n].sum(), u, create_graph=True)[0] for n in range(u.shape[1])]
                    change = sum(row[:, n] for n, row in enumerate(rows))
                else:
                    change = (torch.autograd.grad(slope, u, epsilon, create_graph=True)[0] * epsilon).sum(1)
            return slope, change

    x, epsilon = (torch.tensor(each, dtype=torch.float32) for each in (problem.x, problem.epsilon))
    dynamics, times = Dynamics(), torch.tensor([1.0, 0.0])
    solve = torchdiffeq.odeint_adjoint if adjoint else torchdiffeq.odeint
    constant = 0.5 * problem.dimensions * np.log(2 * np.pi)

    def call():
        dynamics.calls = 0
        dynamics.zero_grad()
        z, change = solve(dynamics, (x.clone(), torch.zeros(len(x))), times, rtol=tol, atol=tol, method="dopri5")
        evaluations = dynamics.calls
        loss = (0.5 * (z[-1] ** 2).sum(1) - change[-1]).mean() + constant
        loss.backward()
        return float(loss.detach()), dynamics.field.gradients(), evaluations

    return call


def error(slopes, exact):
    """Relative to the norm of the exact gradient."""
    a, b = (np.concatenate([np.ravel(each).astype("float64") for each in both]) for both in (slopes, exact))
    return np.linalg.norm(a - b) / np.linalg.norm(b)


def contenders(problem, tol, trace, parts, exact):
    """Calls by name."""
    own = {f"zoo, {tag}": functools.partial(ours, problem, trace=trace, jit=jit) for tag, jit in TAGS.items()}
    own["zoo, direct, graph"] = functools.partial(ours, problem, trace=trace, jit=False, gradient="direct")
    calls = {name: make(tol) for name, make in own.items()}
    if "tfp" in parts:
        tags = TAGS if trace == "hutchinson" else {"graph": False}
        theirs = {f"TFP, {tag}": functools.partial(tfps, problem, trace=trace, jit=jit) for tag, jit in tags.items()}
        calls |= {name: make(tol) for name, make in theirs.items()}
        if trace == "hutchinson":
            calls |= as_exact(own, error(calls["TFP, graph"]()[1], exact), exact)
            calls |= as_exact(theirs, error(calls["zoo, graph"]()[1], exact), exact)
    if "torch" in parts:
        calls["torchdiffeq odeint_adjoint"] = torchs(problem, tol, trace, True)
        calls["torchdiffeq odeint"] = torchs(problem, tol, trace, False)
    return calls


def as_exact(makers, most, exact):
    """Calls at the loosest tolerance whose gradient error is at most that; none if there is none."""
    first = next(iter(makers.values()))
    found = next((tol for tol in LADDER if error(first(tol)()[1], exact) <= most), None)
    return {f"{name}, as exact: {found:g}": make(found) for name, make in makers.items() if found}


def turns(calls, arguments):
    """Seconds a call of each, ``{name: [seconds, …]}``; a turn takes about ``--seconds``."""
    clock = time.process_time if arguments.cpu else time.perf_counter
    once = interleaved.measure(calls, 1, 1, clock)
    count = max(1, int(arguments.seconds / statistics.median(times[0] for times in once.values())))
    return interleaved.measure(calls, arguments.rounds, count, clock)


def ratio(times, reference):
    ratios = [own / base for own, base in zip(times, reference, strict=True)]
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} … {max(ratios):.2f})"


def likelihood(problem, trace, arguments):
    """The table of one size and trace."""
    exact = ours(problem, 1e-10, trace, False, "float64")()[1]
    calls = contenders(problem, arguments.tolerance, trace, arguments.part, exact)
    facts = {name: call() for name, call in calls.items()}
    seconds = turns(calls, arguments)
    own = [name for name in seconds if name.startswith("zoo") and "as exact" not in name]
    fastest = min(own, key=lambda name: statistics.median(seconds[name]))
    print(f"\nNLL and gradient, {trace} trace, {problem.name}, tolerance {arguments.tolerance:g}\n")
    print(f"| | NLL | f forward | gradient error | ms, median | time over zoo's, compiled alike | over {fastest} |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for name, times in seconds.items():
        loss, slopes, evaluations = facts[name]
        alike = "zoo, XLA" if "XLA" in name else "zoo, graph" if "graph" in name else fastest
        cells = [f"{loss:.4f}", evaluations, f"{error(slopes, exact):.1e}", f"{1e3 * statistics.median(times):.2f}"]
        cells += [ratio(times, seconds[alike]), ratio(times, seconds[fastest])]
        print(f"| {name} | {' | '.join(map(str, cells))} |", flush=True)


def matching(problem, arguments):
    """An update of flow matching: the table of one size."""
    calls = {f"zoo, {tag}": our_updates(problem, jit) for tag, jit in TAGS.items()}
    calls |= {f"zoo, {tag}, {UPDATES} an execution": our_fit(problem, jit) for tag, jit in TAGS.items()}
    if importlib.util.find_spec("torch"):
        calls["PyTorch"] = torch_updates(problem)
        if arguments.torch_compile:
            calls["PyTorch, compiled"] = torch_updates(problem, True)
    seconds = turns(calls, arguments)
    print(f"\nAn update of flow matching, {problem.name}\n")
    print("| | loss | ms, median | time over zoo's under XLA |")
    print("|---|--:|--:|--:|")
    for name, times in seconds.items():
        spread = ratio(times, seconds["zoo, XLA"])
        print(
            f"| {name} | {calls[name]():.2f} | {1e3 * statistics.median(times) / UPDATES:.2f} | {spread} |", flush=True
        )


def our_flow(problem, **options):
    flow = flows.FlowModel([flows.CNF(flow_fields.keras_field(problem))], (problem.dimensions,))
    flow.compile("flow_matching", optimizer=keras.optimizers.Adam(1e-4), **options)
    return flow


def our_updates(problem, jit):
    flow, x = our_flow(problem, jit_compile=jit), tf.constant(problem.x, "float32")
    return lambda: statistics.mean(float(flow.train_on_batch(x)[0]) for _ in range(UPDATES))


def our_fit(problem, jit):
    flow = our_flow(problem, jit_compile=jit, steps_per_execution=UPDATES)
    x = np.tile(problem.x.astype("float32"), (UPDATES, 1))
    return lambda: flow.fit(x, batch_size=len(problem.x), verbose=0).history["loss"][-1]


def torch_updates(problem, compile_it=False):
    import torch

    field = flow_fields.torch_field(problem)
    optimizer = torch.optim.Adam(field.parameters(), lr=1e-4)
    velocity = torch.compile(field) if compile_it else field
    x1 = torch.tensor(problem.x, dtype=torch.float32)

    def update():
        optimizer.zero_grad(set_to_none=True)
        x0, t = torch.randn_like(x1), torch.rand(len(x1), 1)
        loss = torch.mean((velocity(t, t * x1 + (1 - t) * x0) - (x1 - x0)) ** 2)
        loss.backward()
        optimizer.step()
        return float(loss.detach())

    return lambda: statistics.mean(update() for _ in range(UPDATES))


TRAININGS = {
    "likelihood, dopri5 1e-5, XLA": {"objective": "likelihood", "jit_compile": True},
    "likelihood, rk4 × 8, XLA": {"objective": "likelihood", "solver": "rk4", "steps": 8, "jit_compile": True},
    "matching, independent, XLA": {"objective": "flow_matching", "jit_compile": True},
    "matching, optimal transport": {"objective": "flow_matching", "coupling": "optimal_transport"},
}
ABOVE = (0.5, 0.2, 0.1, 0.05)


def time_to_nll(arguments):
    """The table of one toy."""
    test = toys.sample(arguments.toy, 2_000, seed=2)
    true = -np.mean(toys.log_density(arguments.toy, test))
    print(f"\nCPU seconds until the NLL of {arguments.toy} is so far above that of the true density, {true:.3f} nats;")
    print(f"batch {arguments.batch}, Adam 1e-3, at most {arguments.budget:g} s each\n")
    print(f"| | ms an update | {' | '.join(f'+{above:g}' for above in ABOVE)} | at the end |")
    print(f"|---|{'--:|' * (len(ABOVE) + 2)}")
    for name, options in TRAININGS.items():
        course, updates = trained(options, test, arguments)
        first = [next((f"{spent:.1f}" for spent, nll in course if nll - true <= above), "—") for above in ABOVE]
        spent, nll = course[-1]
        cells = [f"{1e3 * spent / updates:.1f}", *first, f"+{nll - true:.3f} after {spent:.0f}"]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


def trained(options, test, arguments):
    """``[(CPU seconds, NLL), …]`` of a training, and its updates."""
    options = dict(options)
    solver = {key: options.pop(key) for key in ("solver", "steps") if key in options}
    keras.utils.set_random_seed(0)
    flow = applications.FFJORD(arguments.toy, weights=None, **solver)
    flow.compile(optimizer=keras.optimizers.Adam(1e-3), **options)
    points = tf.constant(toys.sample(arguments.toy, 400 * arguments.batch, seed=1))
    batches = tf.split(points, 400)
    flow.train_on_batch(batches[0])  # compiles
    spent, updates, course = 0.0, 0, []
    while spent < arguments.budget:
        begun, stop = time.process_time(), spent + max(0.02 * arguments.budget, 0.1 * spent)
        while spent + time.process_time() - begun < stop:
            flow.train_on_batch(batches[updates % len(batches)])
            updates += 1
        spent += time.process_time() - begun
        nll = -np.mean(flow.log_prob(test, solver="dopri5", rtol=1e-5, atol=1e-5))
        course.append((spent, float(nll)))
    return course, updates


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = ("tfp", "torch", "matching", "time-to-nll")
    parser.add_argument("--part", nargs="+", default=parts, choices=parts)
    dims = list(flow_fields.PUBLISHED)
    parser.add_argument("--dims", type=int, nargs="+", default=dims, choices=dims)
    parser.add_argument("--traces", nargs="+", default=["exact", "hutchinson"], choices=["exact", "hutchinson"])
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--tolerance", type=float, default=1e-5)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.2, help="of a turn, about")
    parser.add_argument("--cpu", action="store_true", help="CPU seconds, on a machine that does other work, too")
    parser.add_argument("--torch-compile", action="store_true", help="PyTorch compiled, too (needs a C++ compiler)")
    parser.add_argument("--toy", default="8gaussians", choices=list(toys.TOYS))
    parser.add_argument("--budget", type=float, default=120, help="CPU seconds of a training in time-to-nll")
    arguments = parser.parse_args()
    tf.get_logger().setLevel("ERROR")
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    if importlib.util.find_spec("torch"):
        importlib.import_module("torch").set_num_threads(1)
    for dimensions in arguments.dims:
        problem = flow_fields.problem(dimensions, arguments.batch)
        for trace in arguments.traces if {"tfp", "torch"} & set(arguments.part) else ():
            likelihood(problem, trace, arguments)
        if "matching" in arguments.part:
            matching(problem, arguments)
    if "time-to-nll" in arguments.part:
        time_to_nll(arguments)


if __name__ == "__main__":
    main()
