"""Run SavedModels in a process that can import neither Zoo nor Keras, as on a machine that has TensorFlow alone.

Each line of the input is a folder with ``1/`` (a SavedModel) and ``images.npz``, with arrays named ``n|signature``;
pictures are turned into PNG files for a signature that takes bytes. The process writes ``outputs.npz`` beside them,
with ``n|signature|output``, and answers with a line.
"""

import pathlib
import sys

import numpy as np

sys.modules.update(dict.fromkeys(("zoo", "keras", "tf_keras")))  # importing them raises ImportError

import tensorflow as tf  # noqa: E402


def asked(signature, images):
    """The input of a signature by its name."""
    (name,) = signature.structured_input_signature[1]
    files = name == "image_bytes"
    return {name: tf.constant([tf.io.encode_png(image).numpy() for image in images] if files else images)}


def main():
    for line in sys.stdin:
        folder = pathlib.Path(line.strip())
        served = tf.saved_model.load(str(folder / "1")).signatures
        outputs = {}
        with np.load(folder / "images.npz") as images:
            for case in images:
                signature = served[case.split("|")[1]]
                for key, value in signature(**asked(signature, images[case])).items():
                    values = value.numpy()
                    outputs[f"{case}|{key}"] = values.astype(str) if value.dtype == tf.string else values
        np.savez(folder / "outputs.npz", **outputs)
        print("done", flush=True)


if __name__ == "__main__":
    main()
