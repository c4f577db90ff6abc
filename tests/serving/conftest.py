"""What the tests of exports share."""

import pathlib
import pickle
import subprocess
import sys

import numpy as np
import pytest


@pytest.fixture(scope="module")
def elsewhere():
    """elsewhere(folder, (signature, images), …): what the SavedModel in folder/1 answers to each, where Zoo and Keras
    cannot be imported: a dictionary of outputs for each. In the place of images may be a dictionary of inputs."""
    program = pathlib.Path(__file__).with_name("saved_model_process.py")
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": None}
    with subprocess.Popen([sys.executable, program], text=True, **pipes) as process:

        def run(folder, *asked):
            named = {}
            for n, (name, images) in enumerate(asked):
                several = isinstance(images, dict)
                named |= {f"{n}|{name}|{key}": images[key] for key in images} if several else {f"{n}|{name}": images}
            np.savez(folder / "images.npz", **named)
            print(folder, file=process.stdin, flush=True)
            assert process.stdout.readline() == "done\n"
            answers = [{} for _ in asked]
            with np.load(folder / "outputs.npz") as outputs:
                for key in outputs:
                    n, _, name = key.split("|")
                    answers[int(n)][name] = outputs[key]
            return answers

        yield run
        process.stdin.close()


@pytest.fixture(scope="module")
def natively():
    """natively(folder, (signature, input), …): what TensorFlow's C API answers to each, without Python's TensorFlow: a
    dictionary of outputs, or the code and the message of what is refused. An input is an array or a list of bytes."""
    program = pathlib.Path(__file__).with_name("c_loader.py")
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, program], **pipes) as process:

        def run(folder, *asked):
            pickle.dump((str(folder), asked), process.stdin)
            process.stdin.flush()
            return pickle.load(process.stdout)

        yield run
        process.stdin.close()


@pytest.fixture
def photos():
    """photos(batch, height, width): random uint8 RGB, the same at every call."""

    def photos(batch=2, height=40, width=60):
        return np.random.default_rng(0).integers(0, 256, (batch, height, width, 3)).astype(np.uint8)

    return photos


@pytest.fixture
def away():
    """away(model): the model with weights away from those that it begins with, zero among them."""

    def away(model):
        random = np.random.default_rng(0)
        for variable in model.trainable_variables:
            variable.assign(random.normal(0, 0.2, variable.shape) + (variable.name == "gamma"))
        return model

    return away
