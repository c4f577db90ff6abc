"""Group normalization with ReLU, forward and backward: ours, Keras's, PyTorch's; then a step of a whole RK-Net.

    pip install -e '.[bench]' && python benchmarks/group_normalization.py [--batch 128] [--rounds 9]

Float32, the states of the three stages of ODENetCIFAR, contenders taking turns in one process. The network is
ODENetCIFAR with two midpoint steps a stage, as its release is trained. Without PyTorch its row is left out.
"""

import argparse
import importlib.util
import statistics

import interleaved
import networks
import numpy as np

STATES = ((32, 32, 16, 16), (16, 16, 48, 24), (8, 8, 96, 32))
"""Height, width, channels and groups."""


def of_keras(layer, x, slope):
    """Forward and backward of a layer with ReLU, as a call."""
    import keras
    import tensorflow as tf

    layer.build(x.shape)
    inside = hasattr(layer, "activation")

    @tf.function
    def step(x, slope):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, training=True) if inside else keras.ops.relu(layer(x))
        return tape.gradient(y, [x, layer.gamma.value, layer.beta.value], slope)

    x, slope = tf.constant(x), tf.constant(slope)
    return lambda: step(x, slope)[0]  # on a CPU it returns when it is done, as PyTorch does


def of_torch(groups, x, slope):
    import torch

    norm = torch.nn.GroupNorm(groups, x.shape[-1])
    x, slope = (torch.from_numpy(each).permute(0, 3, 1, 2) for each in (x, slope))  # channels last in memory
    x.requires_grad_()

    def step():
        y = torch.nn.functional.relu(norm(x))
        return torch.autograd.grad(y, [x, *norm.parameters()], slope)[0]

    return step


def network_step(batch):
    """A training step of the RK-Net as a call."""
    import zoo
    from zoo.training import compiling, recipes

    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, (batch, 32, 32, 3)).astype(np.uint8)
    labels = generator.integers(0, 10, batch).astype(np.int32)
    model = zoo.applications.ODENetCIFAR(weights=None, solver="midpoint", steps=2)
    compiling.compile_for(model, recipes.get("odenet_cifar-cifar10"), updates=1000)
    return lambda: model.train_on_batch(images, labels)


def line(name, seconds, reference):
    times, base = seconds[name], seconds[reference]
    ratios = [own / other for own, other in zip(times, base, strict=True)]
    spread = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} … {max(ratios):.2f})"
    return f"{1e3 * statistics.median(times):.1f} | {spread}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=9)
    arguments = parser.parse_args()
    import keras

    from zoo.layers import GroupNormalization

    print("| | | ms, median | time relative to Keras's: median (min … max) |\n|---|---|--:|--:|")
    for height, width, channels, groups in STATES:
        generator = np.random.default_rng(0)
        shape = (arguments.batch, height, width, channels)
        x, slope = (generator.normal(size=shape).astype("float32") for _ in range(2))
        contenders = {
            "zoo": of_keras(GroupNormalization(groups, "relu", epsilon=1e-5), x, slope),
            "Keras": of_keras(keras.layers.GroupNormalization(groups, epsilon=1e-5), x, slope),
        }
        if importlib.util.find_spec("torch"):
            contenders["PyTorch"] = of_torch(groups, x, slope)
        seconds = interleaved.measure(contenders, arguments.rounds, 5)
        for name in contenders:
            print(f"| {height}×{width}×{channels} | {name} | {line(name, seconds, 'Keras')} |", flush=True)
    steps = {"zoo": network_step(arguments.batch)}
    with networks.keras_group_normalization():
        steps["with Keras's"] = network_step(arguments.batch)
        steps["with Keras's"]()  # traced here
    seconds = interleaved.measure(steps, arguments.rounds, 2)
    for name in steps:
        print(f"| a step of the RK-Net | {name} | {line(name, seconds, list(steps)[-1])} |")


if __name__ == "__main__":
    main()
