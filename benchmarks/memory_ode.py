"""Memory that one more step of an ODE solve costs in a training step, for each of the solver's gradients.

    python benchmarks/memory_ode.py [--steps 8 16 32 64] [--batch 4096] [--width 64] [--hidden 512]

f(u) = tanh(u W₁) W₂, equal steps of Dormand–Prince's method, float32, graph mode, one process a point: peak resident
memory of a step minus the memory before it, after a step with one row has built everything but the activations. Slope
over the number of steps by least squares. Linux only (/proc).
"""

import argparse

import memory
import numpy as np

KINDS = ("direct", "replay", "backsolve", "tfp")


def training_step(kind, steps, width, hidden):
    """A compiled function of a batch of states: the gradient of the weights."""
    import tensorflow as tf

    from zoo.solvers import RungeKuttaSolver

    random = np.random.default_rng(0)
    shapes = ((width, hidden), (hidden, width))
    weights = [tf.Variable(random.normal(size=shape) / shape[0] ** 0.5, dtype="float32") for shape in shapes]
    solver = RungeKuttaSolver("dopri5", steps=steps, gradient=kind)

    @tf.function(input_signature=[tf.TensorSpec((None, width), "float32")], autograph=False)
    def step(u):
        with tf.GradientTape() as tape:
            states = solver.solve(lambda t, u: tf.tanh(u @ weights[0]) @ weights[1], 0.0, u, [1.0]).states
            loss = tf.reduce_mean(states**2)
        return [tf.reduce_sum(slope) for slope in tape.gradient(loss, weights)]

    return step


def peak_of_a_step(kind, steps, arguments):
    """MB by which the resident memory rises in a step."""
    import tensorflow as tf

    step = training_step(kind, steps, arguments.width, arguments.hidden)
    states = tf.random.stateless_normal((arguments.batch, arguments.width), (0, 0))
    step(states[:1])
    return memory.peak(lambda: step(states))


def measured_in_a_process(kind, steps, arguments):
    sizes = {"--steps": steps, "--batch": arguments.batch, "--width": arguments.width, "--hidden": arguments.hidden}
    return memory.printed_by(__file__, "--child", kind, *(word for pair in sizes.items() for word in pair))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, nargs="+", default=[8, 16, 32, 64])
    parser.add_argument("--batch", type=int, default=4096)
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--hidden", type=int, default=512)
    parser.add_argument("--child", choices=KINDS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        return print(peak_of_a_step(arguments.child, arguments.steps[0], arguments))
    print(f"| gradient | MB at {', '.join(map(str, arguments.steps))} steps | MB a step | of direct's |")
    print("|---|--:|--:|--:|")
    slopes = {}
    for kind in KINDS:
        peaks = [measured_in_a_process(kind, steps, arguments) for steps in arguments.steps]
        slopes[kind] = np.polyfit(arguments.steps, peaks, 1)[0]
        share = 100 * slopes[kind] / slopes["direct"]
        print(f"| `{kind}` | {', '.join(f'{x:.0f}' for x in peaks)} | {slopes[kind]:.2f} | {share:.1f} % |", flush=True)


if __name__ == "__main__":
    main()
