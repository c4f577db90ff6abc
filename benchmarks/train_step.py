"""Images/s of a training step: LM-ResNet-20, ours, ours with Keras's batch normalization, PyTorch; and each family.

    pip install -e '.[bench]' && python benchmarks/train_step.py [--batch 128] [--rounds 9]

SGD with Nesterov momentum and L2, the same layout; one batch held in memory. Contenders take turns in one process, in
float32, and with ``--bfloat16`` also ours under Keras's ``mixed_bfloat16`` and PyTorch under its autocast, both with
float32 weights. The second table has one network of each family, beside ResNet-20, also for each operation. Without
PyTorch it is left out. The last line is the share of a step that waits for data.
"""

import argparse
import importlib.util
import statistics
import time

import interleaved
import networks
import numpy as np

import zoo
from zoo.data.batches import Batches
from zoo.training import compiling, recipes


def keras_step(model, images, labels):
    compiling.compile_for(model, recipes.get("lm_resnet20-cifar10"), updates=1000)
    return lambda: model.train_on_batch(images, labels)


def torch_step(images, labels, autocast=False):
    import torch

    model = networks.torch_lm_resnet20()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, nesterov=True, weight_decay=5e-4)
    x = torch.from_numpy((images.astype(np.float32) - 120) / 64).permute(0, 3, 1, 2)
    x = x.contiguous(memory_format=torch.channels_last)
    y = torch.from_numpy(labels).long()

    def step():
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
            loss = torch.nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        return float(loss)

    return step


def waiting(seconds_a_step, batch):
    """Share of a step that making a batch would take if nothing overlapped."""
    images = np.random.default_rng(0).integers(0, 256, (5000, 32, 32, 3)).astype(np.uint8)
    batches = Batches(images, np.zeros(5000, np.int32), batch)
    start = time.perf_counter()
    for i in range(len(batches)):
        batches[i]
    return (time.perf_counter() - start) / len(batches) / seconds_a_step


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--bfloat16", action="store_true", help="mixed precision of both, too")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--calls", type=int, default=5, help="steps in one turn")
    arguments = parser.parse_args()
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, (arguments.batch, 32, 32, 3)).astype(np.uint8)
    labels = generator.integers(0, 10, arguments.batch).astype(np.int32)
    contenders = {"zoo": keras_step(networks.ours(), images, labels)}
    with networks.keras_batch_normalization():
        slow = keras_step(networks.ours(), images, labels)
        slow()  # traced here
    contenders["zoo with Keras's batch normalization"] = slow
    if arguments.bfloat16:
        with networks.bfloat16():
            contenders["zoo, bfloat16"] = keras_step(networks.ours(), images, labels)
    if importlib.util.find_spec("torch"):
        if arguments.bfloat16:
            contenders["PyTorch, autocast to bfloat16"] = torch_step(images, labels, autocast=True)
        contenders["PyTorch"] = torch_step(images, labels)
    seconds = interleaved.measure(contenders, arguments.rounds, arguments.calls)
    print(interleaved.table(seconds, arguments.batch, reference=list(contenders)[-1]))
    share = waiting(statistics.median(seconds["zoo"]), arguments.batch)
    models = networks.families()
    macs = {name: zoo.analysis.macs(model) for name, model in models.items()}
    steps = {name: keras_step(model, images, labels) for name, model in models.items()}
    seconds = interleaved.measure(steps, arguments.rounds, arguments.calls)
    print("\n" + interleaved.table_by_operations(seconds, arguments.batch, macs, reference="ResNet-20"))
    print(f"\nmaking a batch takes {100 * share:.2f} % of a step, in another thread")


if __name__ == "__main__":
    main()
