"""Writes a network of tf2cv with random weights and statistics, in the format that is published, and its logits.

    python tf2cv_process.py NAME PICTURE.npy FOLDER

A process of its own: tf2cv runs on Keras 2 alone.
"""

import os
import pathlib
import sys

os.environ["TF_USE_LEGACY_KERAS"] = "1"

import numpy as np
from tf2cv.model_provider import get_model

name, picture, folder = sys.argv[1], np.load(sys.argv[2]), pathlib.Path(sys.argv[3])
mean, deviation = np.array([0.4914, 0.4822, 0.4465]), np.array([0.2023, 0.1994, 0.2010])
normalised = ((picture / 255 - mean) / deviation).astype("float32")
network = get_model(name, pretrained=False)
network(normalised)
random = np.random.default_rng(0)
for variable in network.variables:
    if "/bn/" in variable.name:
        positive = "gamma" in variable.name or "variance" in variable.name
        values = random.uniform(0.5, 1.5, variable.shape) if positive else random.normal(0, 0.1, variable.shape)
        variable.assign(values.astype("float32"))
network.save_weights(folder / f"{name}.h5")
np.save(folder / "logits.npy", np.asarray(network(normalised, training=False)))
