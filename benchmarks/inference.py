"""Images/s at inference: LM-ResNet-20, ours, ours with Keras's batch normalization, PyTorch; each family; loading.

    pip install -e '.[bench]' && python benchmarks/inference.py [--batch 128] [--rounds 9]

Float32, the same layout; one batch held in memory, compiled functions, contenders in turn in one process.
The second table has one network of each family, beside ResNet-20, also for each operation.
"""

import argparse
import importlib.util
import statistics
import time

import interleaved
import networks
import numpy as np
import tensorflow as tf

import zoo


def keras_call(model, images):
    function = tf.function(lambda x: model(x, training=False))
    x = tf.constant(images)
    return lambda: function(x).numpy()


def torch_call(images):
    import torch

    model = networks.torch_lm_resnet20().eval()
    x = torch.from_numpy((images - 120) / 64).permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)

    def call():
        with torch.inference_mode():
            return torch.softmax(model(x), dim=1).numpy()

    return call


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--calls", type=int, default=10, help="batches in one turn")
    arguments = parser.parse_args()
    images = np.random.default_rng(0).integers(0, 256, (arguments.batch, 32, 32, 3)).astype(np.float32)
    contenders = {"zoo": keras_call(networks.ours(), images)}
    with networks.keras_batch_normalization():
        slow = keras_call(networks.ours(), images)
        slow()  # traced here
    contenders["zoo with Keras's batch normalization"] = slow
    if importlib.util.find_spec("torch"):
        contenders["PyTorch"] = torch_call(images)
    seconds = interleaved.measure(contenders, arguments.rounds, arguments.calls)
    print(interleaved.table(seconds, arguments.batch, reference=list(contenders)[-1]))
    models = networks.families()
    macs = {name: zoo.analysis.macs(model) for name, model in models.items()}
    calls = {name: keras_call(model, images) for name, model in models.items()}
    seconds = interleaved.measure(calls, arguments.rounds, arguments.calls)
    print("\n" + interleaved.table_by_operations(seconds, arguments.batch, macs, reference="ResNet-20"))
    built = []
    for _ in range(5):
        start = time.perf_counter()
        zoo.applications.LMResNet()
        built.append(time.perf_counter() - start)
    print(f"\nLMResNet() with its weights: {statistics.median(built):.2f} s (median of {len(built)})")


if __name__ == "__main__":
    main()
