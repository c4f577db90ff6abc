"""Memory of a training step of whole networks: one of each family, and RevNet against depth.

    pip install -e '.[bench]' && python benchmarks/memory_networks.py [--batch 64] [--depths 38 62 86 110]

Float32, graph mode, 32×32 pictures, one process a point: peak resident memory of a step minus the memory before it,
after a step with one picture has built everything but the activations. The second table has RevNet, the same networks
with plain gradients, and the ResNet of each depth; ``python docs/figures revnet_memory`` draws it from
benchmarks/README.md. Linux only (/proc).
"""

import argparse

import memory
import numpy as np

CURVES = {"RevNet": "RevNet", "RevNet, plain gradients": "RevNet", "ResNet": "ResNet"}
"""The application of each curve."""


def network(name):
    """The network of a point: a family's, or ``<curve>-<depth>``."""
    import networks

    import zoo

    if name in networks.FAMILIES:
        return networks.FAMILIES[name](weights=None)
    curve, _, depth = name.rpartition("-")
    return getattr(zoo.applications, CURVES[curve])(weights=None, depth=int(depth))


def store_every_activation():
    """Let ``Reversible`` run with plain gradients in this process."""
    import tensorflow as tf

    from zoo.layers import field as _field
    from zoo.layers._reversible import recompute as _recompute

    def plain(layer, x, training):
        *_, halves = layer.states(x, lambda field, t, u: _field.evaluate(field, t, u, training))
        return tf.concat(halves, axis=-1)

    _recompute.run = plain


def peak_of_a_step(name, batch):
    """MB by which the resident memory rises in a step of gradient descent."""
    import tensorflow as tf

    if "plain gradients" in name:
        store_every_activation()
    model = network(name)
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


def measured_in_a_process(name, batch):
    return memory.printed_by(__file__, "--child", name, "--batch", batch)


def main():
    import networks

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--depths", type=int, nargs="+", default=[38, 62, 86, 110])
    parser.add_argument("--child", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        return print(peak_of_a_step(arguments.child, arguments.batch))
    reference = measured_in_a_process("ResNet-20", arguments.batch)
    print("| | MB | of ResNet-20's |\n|---|--:|--:|")
    for name in networks.FAMILIES:
        value = reference if name == "ResNet-20" else measured_in_a_process(name, arguments.batch)
        print(f"| {name} | {value:.0f} | {value / reference:.2f} |", flush=True)
    print("\n| | MB at depth " + ", ".join(map(str, arguments.depths)) + " | MB a layer |\n|---|--:|--:|")
    for curve in CURVES:
        points = [measured_in_a_process(f"{curve}-{depth}", arguments.batch) for depth in arguments.depths]
        peaks = ", ".join(f"{value:.0f}" for value in points)
        print(f"| {curve} | {peaks} | {np.polyfit(arguments.depths, points, 1)[0]:.2f} |", flush=True)


if __name__ == "__main__":
    main()
