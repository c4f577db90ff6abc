"""Fine-tune a network trained on CIFAR-10 to Fashion-MNIST, and compare with the same budget from scratch.

    python docs/guides/finetune.py [--images 3000] [--seeds 3]

Fashion-MNIST has ten other classes, one channel and 28×28 pixels; `zoo.finetune` brings the pictures to the model's
32×32×3. Each run sees the same few thousand training images seven times and is measured once on all 10,000 test
images. The last lines printed are the table of docs/guides/finetune.md.
"""

import argparse

import keras
import numpy as np

import zoo
from zoo.data import datasets as data
from zoo.data import pictures
from zoo.serving import evaluate

ARMS = {
    "from scratch": {"model": None, "head_epochs": 0, "epochs": 7, "trunk_rate": 1.0, "batch_normalization": "adapt"},
    "fine-tuned, statistics frozen": {"model": "lm_resnet20-cifar10", "batch_normalization": "frozen"},
    "fine-tuned, statistics adapting": {"model": "lm_resnet20-cifar10", "batch_normalization": "adapt"},
}


def fitted(images):
    """Grey 28×28 pictures as the network takes them."""
    colour = np.repeat(images, 3, axis=-1)
    return keras.ops.convert_to_numpy(pictures.fit(colour, (32, 32)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=3000, help="training images")
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    dataset = data.load("fashion_mnist")
    test = fitted(dataset.x_test)
    results = {arm: [] for arm in ARMS}
    for seed in range(arguments.seeds):
        chosen = np.random.default_rng(seed).permutation(len(dataset.x_train))[: arguments.images]
        few = dataset.x_train[chosen], dataset.y_train[chosen]
        for arm, options in ARMS.items():
            keras.utils.set_random_seed(seed)
            options = dict(options)
            start = options.pop("model") or zoo.applications.LMResNet20(weights=None)
            tuned = zoo.finetune(start, few, classes=10, seed=seed, **options)
            results[arm].append(evaluate.top1(tuned, test, dataset.y_test).percent)
            print(f"seed {seed}, {arm}: {results[arm][-1]:.2f} %", flush=True)
    print(f"\n| {arguments.images} images, 7 epochs | top-1 in %, mean ± sd over {arguments.seeds} seeds |\n|---|--:|")
    for arm, values in results.items():
        print(f"| {arm} | {np.mean(values):.2f} ± {np.std(values, ddof=1) if len(values) > 1 else float('nan'):.2f} |")


if __name__ == "__main__":
    main()
