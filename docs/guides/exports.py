"""What the README of an exported folder says of each place of the dial, drawn: accuracy against latency.

    python docs/guides/exports.py            # docs/images/export_dial.png, and the tables for docs/guides/exports.md

Each NAME is exported with its dial and the test set, as `zoo export NAME --dial … --data FILE` does.
"""

import pathlib
import re
import tempfile

import matplotlib

import zoo
from zoo.data import datasets as data

matplotlib.use("agg")
from matplotlib import pyplot, ticker

PICTURE = pathlib.Path(__file__).parents[1] / "images" / "export_dial.png"
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


def draw(axis, name, rows):
    ordered = sorted(rows, key=lambda row: (float(row[2]), float(row[3])))
    for number, (signature, _, milliseconds, accuracy) in enumerate(ordered):
        point = float(milliseconds), 100 - float(accuracy)
        axis.plot(*point, "o", color="tab:orange" if signature == "serving_default" else "tab:blue")
        label = signature.removeprefix("serving_").replace("_steps_", " × ").replace("_", " ")
        axis.annotate(label, point, xytext=(4, (5, -12)[number % 2]), textcoords="offset points", fontsize=8)
    axis.set(xscale="log", yscale="log", title=name, xlabel="ms for one picture", ylabel="error in %")
    for each in (axis.xaxis, axis.yaxis):
        each.set_major_locator(ticker.LogLocator(subs=(1, 2, 5)))
        each.set_major_formatter("{x:g}")
        each.set_minor_formatter(ticker.NullFormatter())
    axis.margins(0.2)


def main():
    figure, axes = pyplot.subplots(1, len(DIALS), figsize=(4.6 * len(DIALS), 3.6), layout="constrained")
    for axis, (name, dial) in zip(axes, DIALS.items(), strict=True):
        readme = exported(name, dial)
        rows = ROW.findall(readme)
        draw(axis, name, rows)
        print(
            f"\n`{name}`\n\n| signature | evaluations of the fields | ms for one picture | top-1 |\n|---|--:|--:|--:|"
        )
        print(*(match.group() for match in ROW.finditer(readme)), sep="\n")
        print(f"\nMilliseconds{readme.rpartition('Milliseconds')[2].strip()}", flush=True)
    figure.savefig(PICTURE, dpi=110)


if __name__ == "__main__":
    main()
