"""Writes networks of tf2cv with random weights and statistics, in the format that is published, and their logits.

    python tf2cv_process.py FOLDER NAME…

The picture of a network is ``FOLDER/NAME.npy``; what is written is ``NAME.h5`` and ``NAME_logits.npy``. A process of
its own: tf2cv runs on Keras 2 alone.
"""

import os
import pathlib
import re
import sys

os.environ["TF_USE_LEGACY_KERAS"] = "1"

import numpy as np
from tf2cv.model_provider import get_model
from tf2cv.models.polynet import PolyNet
from tf2cv.models.resnext import ResNeXt
from tf2cv.models.resnext_cifar import CIFARResNeXt

MINIS = {
    "resnext20_12x2d_cifar10": lambda: CIFARResNeXt(
        channels=[[256] * 2, [512] * 2, [1024] * 2], init_block_channels=64, cardinality=12, bottleneck_width=2
    ),
    "resnext26_narrow": lambda: ResNeXt(
        channels=[[16] * 2, [32] * 2, [64] * 2, [128] * 2], init_block_channels=4, cardinality=12, bottleneck_width=32
    ),
    "polynet_mini": lambda: PolyNet([[1.0], [0.0, 0.85], [0.0, 0.7]], [[0.0], [0.0, 0.925], [0.0, 0.775]]),
}
CIFAR = (0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)
IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def write(name: str, folder: pathlib.Path) -> None:
    network = MINIS[name]() if name in MINIS else get_model(name, pretrained=False)
    picture = np.load(folder / f"{name}.npy")
    mean, deviation = CIFAR if picture.shape[1] == 32 else IMAGENET
    picture = ((picture / 255 - mean) / deviation).astype("float32")
    network(picture)
    random = np.random.default_rng(0)
    for variable in network.variables:
        if re.search(r"/bn\d*/", variable.name):
            positive = "gamma" in variable.name or "variance" in variable.name
            values = random.uniform(0.5, 1.5, variable.shape) if positive else random.normal(0, 0.1, variable.shape)
            if re.search(r"/body/conv3/bn/gamma", variable.name):
                values = 0.5 * values  # the last of a branch, so that deep networks stay finite
            variable.assign(values.astype("float32"))
    network.save_weights(folder / f"{name}.h5")
    np.save(folder / f"{name}_logits.npy", np.asarray(network(picture, training=False)))


for each in sys.argv[2:]:
    write(each, pathlib.Path(sys.argv[1]))
