"""Table 1 of Chen et al. (2018, arXiv:1806.07366): ResNet, RK-Net and ODE-Net on MNIST, with the released weights.

    pip install -e '.[bench]' && python benchmarks/odenet.py [--batch 128] [--rounds 5]

Error on the 10,000 test pictures; parameters; evaluations of f in a training step, forward and backward; peak
resident memory of a step over that before it, less that of a first step with two pictures, which compiles as much,
median of three processes (see memory.py); time of a step, contenders taking turns in one process, as a ratio to the
ResNet of the same stem and as seconds of an epoch of 60,000 pictures. Float32, plain gradient descent. All RK-Nets and
ODE-Nets have the same weights, trained by two midpoint steps; the others are that flow under another method. The
released ResNet has another stem, the one with which the paper's 0.60M parameters come out; the first row, not trained,
is for time and memory. Needs MNIST (see README.md, Data and training). Linux only (/proc).
"""

import argparse
import statistics

import interleaved
import memory
import numpy as np

EPOCH = 60_000
RESNET, ODENET = "resnet6_mnist-mnist", "odenet_mnist-mnist"
UNTRAINED = "ResNet, 6 blocks, stem of the ODE-Net"
ROWS = {
    UNTRAINED: ("", {}),
    "ResNet, 6 blocks": (RESNET, {}),
    "RK-Net, midpoint × 2, as trained": (ODENET, {"solver": "midpoint", "steps": 2}),
    "RK-Net, rk4 × 4": (ODENET, {"solver": "rk4", "steps": 4}),
    "ODE-Net, dopri5, replay": (ODENET, {}),
    "ODE-Net, dopri5, backsolve": (ODENET, {"gradient": "backsolve"}),
}
"""The released NAME of a row, and what is changed in its flow."""


def network(row):
    """The trained network of a row."""
    import keras

    import zoo
    from zoo.layers import ODE

    name, changes = ROWS[row]
    if row == UNTRAINED:
        return zoo.applications.ResNetMNIST(weights=None, downsampling="conv")
    if "gradient" not in changes:
        return zoo.load(name, **changes)
    model = zoo.load(name)

    def clone(layer):
        return type(layer).from_config({**layer.get_config(), **(changes if isinstance(layer, ODE) else {})})

    changed = keras.models.clone_model(model, clone_function=clone)
    changed.set_weights(model.get_weights())
    return changed


def training_step(model):
    """A compiled function of a batch: forward, backward, one step of gradient descent."""
    import tensorflow as tf

    weights = [variable.value for variable in model.trainable_variables]
    signature = [tf.TensorSpec((None, 28, 28, 1), "float32"), tf.TensorSpec((None,), "int32")]

    @tf.function(input_signature=signature)
    def step(x, labels):
        with tf.GradientTape() as tape:
            chosen = tf.gather(model(x, training=True), labels, batch_dims=1)
            loss = -tf.reduce_mean(tf.math.log(chosen + 1e-7))
        for weight, gradient in zip(weights, tape.gradient(loss, weights), strict=True):
            weight.assign_sub(1e-6 * gradient)
        return loss

    return step


def batch(size):
    """The first training pictures and their labels."""
    import tensorflow as tf

    from zoo.data import datasets as data

    dataset = data.load("mnist")
    return tf.constant(dataset.x_train[:size], "float32"), tf.constant(dataset.y_train[:size].reshape(-1), "int32")


def evaluations(model, step, x, labels):
    """Calls of f in a training step, forward and backward."""
    from zoo.layers import ODE, ForwardEuler, RungeKutta

    flows = [layer for layer in model.layers if isinstance(layer, ODE)]
    for layer in flows:
        for figure in layer.figures.values():
            figure.reset_state()
    step(x, labels)
    if flows:
        return tuple(sum(int(layer.figures[name].result()) for layer in flows) for name in ("nfe", "nfe_backward"))
    fixed = sum(layer.steps for layer in model.layers if isinstance(layer, ForwardEuler))
    fixed += sum(layer.steps * layer.tableau.evaluations for layer in model.layers if isinstance(layer, RungeKutta))
    return fixed, 0


def peak_of_a_step(row, size):
    """MB by which the resident memory rises in a step."""
    step = training_step(network(row))
    x, labels = batch(size)
    step(x[:1], labels[:1])
    compiling = memory.peak(lambda: float(step(x[:2], labels[:2])))
    return memory.peak(lambda: float(step(x, labels))) - compiling


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--calls", type=int, default=3, help="steps in one turn")
    parser.add_argument("--child", choices=list(ROWS), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        return print(peak_of_a_step(arguments.child, arguments.batch))
    from zoo.data import datasets as data
    from zoo.serving import evaluate

    dataset = data.load("mnist")
    x, labels = batch(arguments.batch)
    facts, contenders = {}, {}
    for row in ROWS:
        words = ("--child", row, "--batch", arguments.batch)
        megabytes = statistics.median(memory.printed_by(__file__, *words) for _ in range(3))
        model = network(row)
        error = "not trained"
        if row != UNTRAINED:
            error = f"{100 - evaluate.top1(model, dataset.x_test, dataset.y_test).percent:.2f} %"
        step = training_step(model)
        parameters = sum(int(np.prod(variable.shape)) for variable in model.trainable_variables)
        facts[row] = (error, f"{parameters:,}", evaluations(model, step, x, labels), f"{megabytes:.0f}")
        contenders[row] = lambda step=step: float(step(x, labels))
    seconds = interleaved.measure(contenders, arguments.rounds, arguments.calls)
    first = next(iter(ROWS))
    print("| | test error | parameters | f forward / backward | MB of a step | time of a step | s an epoch |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for row, (error, parameters, (forward, backward), megabytes) in facts.items():
        ratios = [own / base for own, base in zip(seconds[row], seconds[first], strict=True)]
        ratio = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} … {max(ratios):.2f})"
        epoch = statistics.median(seconds[row]) * EPOCH / arguments.batch
        cells = f"{error} | {parameters} | {forward} / {backward or '—'} | {megabytes} | {ratio} | {epoch:.0f}"
        print(f"| {row} | {cells} |")


if __name__ == "__main__":
    main()
