"""Run SavedModels in a process that can import neither Zoo nor Keras, as on a machine that has TensorFlow alone.

Each line of the input is a folder with ``1/`` (a SavedModel) and ``images.npz``, with arrays named ``n|signature``, or
``n|signature|input`` for a signature of several inputs; pictures are turned into PNG files for one that takes bytes.
The process writes ``outputs.npz`` beside them, with ``n|signature|output``, and answers with a line.
"""

import pathlib
import sys

import numpy as np

sys.modules.update(dict.fromkeys(("zoo", "keras", "tf_keras")))  # importing them raises ImportError

import tensorflow as tf  # noqa: E402


def cases(images):
    """The arrays of each question, by ``n|signature``: one, or a dictionary of them by the names of inputs."""
    found = {}
    for key in images:
        number, name, *of = key.split("|")
        if of:
            found.setdefault(f"{number}|{name}", {})[of[0]] = images[key]
        else:
            found[f"{number}|{name}"] = images[key]
    return found


def asked(signature, images):
    """The inputs of a signature by their names."""
    if isinstance(images, dict):
        return {name: tf.constant(value) for name, value in images.items()}
    (name,) = signature.structured_input_signature[1]
    files = name == "image_bytes"
    return {name: tf.constant([tf.io.encode_png(image).numpy() for image in images] if files else images)}


def main():
    for line in sys.stdin:
        folder = pathlib.Path(line.strip())
        served = tf.saved_model.load(str(folder / "1")).signatures
        outputs = {}
        with np.load(folder / "images.npz") as images:
            for case, values in cases(images).items():
                signature = served[case.split("|")[1]]
                for key, value in signature(**asked(signature, values)).items():
                    answer = value.numpy()
                    outputs[f"{case}|{key}"] = answer.astype(str) if value.dtype == tf.string else answer
        np.savez(folder / "outputs.npz", **outputs)
        print("done", flush=True)


if __name__ == "__main__":
    main()
