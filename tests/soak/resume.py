"""`zoo train` on real data, killed in its last epoch and resumed, against a run left alone: are all weights bit-equal?

    python tests/soak/resume.py [NAME] [--epochs 2] [--out FOLDER]

Needs the data set and about three epochs' time for two of them. Exits 1 if a weight differs.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np

from zoo.data import datasets as data
from zoo.training import recipes
from zoo.weights import file


def weights(path):
    """The tensors of a file."""
    return file.read(path)[0]


def newest(folder):
    """The update of the newest saved state."""
    return max((int(path.name.split("-")[1]) for path in (folder / "checkpoints").glob("step-*.npz")), default=-1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="?", default="lm_resnet20-cifar10")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--out", default=None)
    arguments = parser.parse_args()
    out = pathlib.Path(arguments.out or tempfile.mkdtemp())
    recipe = recipes.get(arguments.name)
    steps = len(data.load(recipe.dataset).x_train) // recipe.batch_size
    command = ["zoo", "train", arguments.name, "--epochs", str(arguments.epochs), "--out"]
    with subprocess.Popen([*command, out / "killed"]) as process:
        while newest(out / "killed") <= (arguments.epochs - 1) * steps:
            time.sleep(1)
            if process.poll() is not None:
                sys.exit("The run ended before it could be killed.")
        process.kill()
    print(f"killed (SIGKILL) after update {newest(out / 'killed')} was saved, of {arguments.epochs * steps}")
    subprocess.run([*command, out / "killed", "--resume"], check=True)
    subprocess.run([*command, out / "alone"], check=True)
    killed, alone = (weights(out / run / "final.safetensors") for run in ("killed", "alone"))
    equal = killed.keys() == alone.keys() and all(np.array_equal(killed[key], alone[key]) for key in alone)
    print(f"{len(alone)} tensors; equal bit for bit: {equal}")
    sys.exit(not equal)


if __name__ == "__main__":
    main()
