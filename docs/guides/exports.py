"""What the README of an exported folder says of each place of the dial: the tables of docs/guides/exports.md.

    python docs/guides/exports.py && python docs/figures export_dial     # once the tables are in the page

Each NAME is exported with its dial and the test set, as `zoo export NAME --dial … --data FILE` does.
"""

import pathlib
import re
import tempfile

import zoo
from zoo.data import datasets as data

DIALS = {
    "odenet_mnist-mnist": ["euler:steps=1,2", "midpoint:steps=1,2,4", "rk4:steps=2"],
    "thin_fractalnet20-cifar10": ["column=1,2,3"],
}
ROW = re.compile(r"\| `(\w+)` \| ([\d.]*) \| ([\d.]+) \| ([\d.]+) % \|")


def exported(name, dial):
    """The README of the folder."""
    dataset = data.load(zoo.weights.get(name).dataset)
    with tempfile.TemporaryDirectory() as folder:
        zoo.export(zoo.load(name), folder, dial=dial, data=(dataset.x_test, dataset.y_test))
        return (pathlib.Path(folder) / "README.md").read_text("utf-8")


def main():
    for name, dial in DIALS.items():
        readme = exported(name, dial)
        print(
            f"\n`{name}`\n\n| signature | evaluations of the fields | ms for one picture | top-1 |\n|---|--:|--:|--:|"
        )
        print(*(match.group() for match in ROW.finditer(readme)), sep="\n")
        print(f"\nMilliseconds{readme.rpartition('Milliseconds')[2].strip()}", flush=True)


if __name__ == "__main__":
    main()
