"""ResNet50V2 and LMResNet50 at 224 pixels beside ``keras.applications.ResNet50V2`` and PyTorch's ResNet-50; loading.

    pip install -e '.[bench]' && python benchmarks/imagenet.py [--batch 16] [--rounds 7]

Float32, random weights, the same for all three Keras networks; compiled functions, contenders in turn in one process.
The first table is of batches, the second of one picture. The third is the time until a network has its weights: from a
converted file in the cache, with its digest checked, and by Keras from its HDF5 file.
"""

import argparse
import importlib.util
import os
import pathlib
import statistics
import tempfile
import time

if importlib.util.find_spec("torch"):
    import torch  # before TensorFlow: the other way round it crashes
import interleaved
import keras
import numpy as np
import tensorflow as tf

import zoo
from zoo.weights import convert, file, keys

SIZE = 224


def keras_call(model, images):
    function = tf.function(lambda x: model(x, training=False))
    x = tf.constant(images)
    return lambda: function(x).numpy()


def bottleneck(channels, width, stride):
    """PyTorch's post-activation bottleneck of ResNet-50."""
    norm = torch.nn.BatchNorm2d
    first = torch.nn.Conv2d(channels, width, 1, bias=False), norm(width), torch.nn.ReLU(inplace=True)
    second = torch.nn.Conv2d(width, width, 3, stride, 1, bias=False), norm(width), torch.nn.ReLU(inplace=True)
    last = torch.nn.Conv2d(width, 4 * width, 1, bias=False), norm(4 * width)
    return torch.nn.Sequential(*first, *second, *last)


def torch_resnet50():
    """ResNet-50 of torchvision's layout: 25,557,032 weights."""

    class Block(torch.nn.Module):
        def __init__(self, channels, width, stride):
            super().__init__()
            self.f = bottleneck(channels, width, stride)
            changes = stride > 1 or channels != 4 * width
            project = torch.nn.Conv2d(channels, 4 * width, 1, stride, bias=False), torch.nn.BatchNorm2d(4 * width)
            self.shortcut = torch.nn.Sequential(*project) if changes else torch.nn.Identity()

        def forward(self, u):
            return torch.relu(self.shortcut(u) + self.f(u))

    layers = [torch.nn.Conv2d(3, 64, 7, 2, 3, bias=False), torch.nn.BatchNorm2d(64), torch.nn.ReLU(inplace=True)]
    layers.append(torch.nn.MaxPool2d(3, 2, 1))
    channels = 64
    for stage, blocks in enumerate((3, 4, 6, 3)):
        for block in range(blocks):
            layers.append(Block(channels, 64 * 2**stage, 2 if stage and not block else 1))
            channels = 256 * 2**stage
    layers += [torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(channels, 1000)]
    return torch.nn.Sequential(*layers)


def torch_call(images):
    model = torch_resnet50().eval().to(memory_format=torch.channels_last)
    if sum(weight.numel() for weight in model.parameters()) != 25_557_032:
        raise SystemExit("this is not ResNet-50")
    x = torch.from_numpy(images / 127.5 - 1).permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)

    def call():
        with torch.inference_mode():
            return torch.softmax(model(x), dim=1).numpy()

    return call


def contenders(networks, images):
    """The functions to time, on the same pictures; Keras's network wants them in −1 … 1."""
    theirs = {"keras.applications.ResNet50V2": keras_call(networks["Keras"], images / 127.5 - 1)}
    ours = {name: keras_call(model, images) for name, model in networks.items() if name != "Keras"}
    return {**theirs, **ours, **({"PyTorch ResNet-50 (V1)": torch_call(images)} if "torch" in globals() else {})}


def seconds_of_loading(theirs, folder, tries=5):
    """The median seconds until each network has its weights, with the building of it."""
    path, copy = folder / "theirs.weights.h5", folder / "ours.safetensors"
    theirs.save_weights(path)
    arrays = convert.renamed("keras_resnet_v2", twin_arrays(theirs), "Keras's network")
    copy.write_bytes(file.packed(arrays, {"name": "resnet50v2"}))

    def by_keras():
        keras.applications.ResNet50V2(weights=None).load_weights(path)

    ways = {
        "building Keras's": lambda: keras.applications.ResNet50V2(weights=None),
        "Keras from HDF5": by_keras,
        "building ours": lambda: zoo.applications.ResNet50V2(weights=None),
        "zoo from safetensors": lambda: zoo.applications.ResNet50V2(weights=copy),
    }
    times = {name: [] for name in ways}
    for _ in range(tries):
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            times[name].append(time.perf_counter() - start)
            keras.backend.clear_session()
    return {name: statistics.median(each) for name, each in times.items()}


def twin_arrays(model):
    """The arrays of Keras's network by ``layer/weight``."""
    return {f"{layer.name}/{weight.name}": weight.numpy() for layer in model.layers for weight in layer.weights}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--calls", type=int, default=2, help="batches in one turn")
    arguments = parser.parse_args()
    theirs = keras.applications.ResNet50V2(weights=None)
    networks = {"Keras": theirs}
    for name, layout in (("ResNet50V2", "keras_resnet_v2"), ("LMResNet50", "keras_lm_resnet_v2")):
        model = getattr(zoo.applications, name)(weights=None)
        arrays = convert.renamed(layout, twin_arrays(theirs), "Keras's network")
        keys.assign(keys.named_weights(model), arrays, name)
        networks[name] = model
    images = np.random.default_rng(0).integers(0, 256, (arguments.batch, SIZE, SIZE, 3)).astype(np.float32)
    for batch, calls in ((arguments.batch, arguments.calls), (1, 8 * arguments.calls)):
        seconds = interleaved.measure(contenders(networks, images[:batch]), arguments.rounds, calls)
        print(f"\nBatches of {batch}:\n")
        print(interleaved.table(seconds, batch, reference="keras.applications.ResNet50V2"))
        if batch == 1:
            for name, times in seconds.items():
                print(f"{name}: {1000 * statistics.median(times):.1f} ms a picture")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["ZOO_HOME"] = folder
        print("\nUntil a network has its weights:\n")
        for name, duration in seconds_of_loading(theirs, pathlib.Path(folder)).items():
            print(f"{name}: {duration:.2f} s")


if __name__ == "__main__":
    main()
