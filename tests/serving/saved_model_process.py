"""Run SavedModels in a process that has imported neither Zoo nor Keras.

Each line of the input is a folder with ``1/`` (a SavedModel) and ``images.npz``; the process writes ``outputs.npz``
beside them and answers with a line: which of the two packages have been imported after all.
"""

import json
import pathlib
import sys

import numpy as np
import tensorflow as tf


def main():
    for line in sys.stdin:
        folder = pathlib.Path(line.strip())
        served = tf.saved_model.load(str(folder / "1")).signatures["serving_default"]
        with np.load(folder / "images.npz") as images:
            outputs = {
                f"{name}/{key}": value.numpy().astype(str) if value.dtype == tf.string else value.numpy()
                for name in images
                for key, value in served(image=tf.constant(images[name])).items()
            }
        np.savez(folder / "outputs.npz", **outputs)
        print(json.dumps(sorted({"zoo", "keras"} & set(sys.modules))), flush=True)


if __name__ == "__main__":
    main()
