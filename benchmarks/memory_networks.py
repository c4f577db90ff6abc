"""Memory of a training step of whole networks against depth and against the batch, family by family.

    pip install -e '.[bench]' && python benchmarks/memory_networks.py [--batches 16 32 64 128]

Float32, graph mode, 32×32 pictures, one process a point: peak resident memory of a step minus the memory before it,
after a step with one picture has built everything but the activations. Against depth the batch is 64; RevNet is there
with plain gradients too. The lines printed are tables of benchmarks/README.md; ``python docs/figures memory`` draws
what goes to docs/figures/data/. Linux only (/proc).
"""

import argparse
import functools
import pathlib
import sys

import memory
import numpy as np

sys.path.append(str(pathlib.Path(__file__).parents[1] / "docs" / "figures"))
import style

BATCH = 64
CURVES = {
    "ResNet": ("ResNet", (20, 56, 110), {}),
    "LM-ResNet": ("LMResNet", (20, 56, 110), {}),
    "MomentumResNet": ("MomentumResNet", (20, 56, 110), {}),
    "PolyNet, poly-2": ("PolyNet", (20, 56, 110), {}),
    "thin FractalNet": ("FractalNet", (5, 10, 20, 40), {"filters": 16}),
    "HamiltonianNet": ("HamiltonianNet", (38, 74, 110), {}),
    "LeapfrogNet": ("LeapfrogNet", (26, 62, 110), {}),
    "RevNet, plain gradients": ("RevNet", (38, 62, 86, 110), {}),
    "RevNet": ("RevNet", (38, 62, 86, 110), {}),
}
"""Of each curve the application, its depths, the first of which is measured with every batch, and other keywords."""


def network(curve, depth):
    import zoo

    application, _, keywords = CURVES[curve]
    return getattr(zoo.applications, application)(weights=None, depth=depth, **keywords)


def store_every_activation():
    """Let ``Reversible`` run with plain gradients in this process."""
    import tensorflow as tf

    from zoo.layers import field as _field
    from zoo.layers._reversible import recompute as _recompute

    def plain(layer, x, training):
        *_, halves = layer.states(x, lambda field, t, u: _field.evaluate(field, t, u, training))
        return tf.concat(halves, axis=-1)

    _recompute.run = plain


def peak_of_a_step(curve, depth, batch):
    """MB by which the resident memory rises in a step of gradient descent."""
    import tensorflow as tf

    if "plain gradients" in curve:
        store_every_activation()
    model = network(curve, depth)
    weights = [variable.value for variable in model.trainable_variables]
    signature = [tf.TensorSpec((None, 32, 32, 3), "float32"), tf.TensorSpec((None,), "int32")]

    @tf.function(input_signature=signature)
    def step(x, labels):
        with tf.GradientTape() as tape:
            chosen = tf.gather(model(x, training=True), labels, batch_dims=1)
            loss = -tf.reduce_mean(tf.math.log(chosen))
        for weight, gradient in zip(weights, tape.gradient(loss, weights), strict=True):
            weight.assign_sub(0.01 * gradient)
        return loss

    generator = np.random.default_rng(0)
    x = tf.constant(generator.uniform(0, 255, (batch, 32, 32, 3)).astype("float32"))
    labels = tf.constant(generator.integers(0, 10, batch).astype("int32"))
    step(x[:1], labels[:1])
    return memory.peak(lambda: float(step(x, labels)))


@functools.cache
def measured(curve, depth, batch):
    """``peak_of_a_step`` in a process of its own."""
    return memory.printed_by(__file__, "--child", curve, depth, batch)


def slope(x, y):
    return np.polyfit(x, y, 1)[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batches", type=int, nargs="+", default=[16, 32, 64, 128])
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        curve, depth, batch = arguments.child
        return print(peak_of_a_step(curve, int(depth), int(batch)))
    against = {"depth": [], "batch": []}
    for curve, (_, depths, _) in CURVES.items():
        against["depth"] += [(curve, depth, BATCH, measured(curve, depth, BATCH)) for depth in depths]
        against["batch"] += [
            (curve, depths[0], batch, measured(curve, depths[0], batch)) for batch in arguments.batches
        ]
        print(f"{curve}: measured", file=sys.stderr, flush=True)
    keys = ("network", "depth", "batch", "megabytes")
    style.write("memory", [{"against": x, **dict(zip(keys, row, strict=True))} for x in against for row in against[x]])
    heads = [f"MB at a batch of {', '.join(map(str, arguments.batches))}", "MB a picture"]
    print(f"| | {' | '.join([*heads, 'depths', 'MB at them', 'MB a layer'])} |")
    print("|---|--:|--:|--:|--:|--:|")
    for curve, (_, depths, _) in CURVES.items():
        cells = []
        for x, places in (("batch", arguments.batches), ("depth", depths)):
            own = [row[3] for row in against[x] if row[0] == curve]
            cells += [", ".join(f"{value:.0f}" for value in own), f"{slope(places, own):.2f}"]
        cells.insert(2, ", ".join(map(str, depths)))
        print(f"| {curve} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
