"""Run SavedModels in a process that can import neither Zoo nor Keras, as on a machine that has TensorFlow alone.

Each line of the input is a folder with ``1/`` (a SavedModel) and ``images.npz``; the process writes ``outputs.npz``
beside them and answers with a line.
"""

import pathlib
import sys

import numpy as np

sys.modules.update(dict.fromkeys(("zoo", "keras", "tf_keras")))  # importing them raises ImportError

import tensorflow as tf  # noqa: E402


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
        print("done", flush=True)


if __name__ == "__main__":
    main()
