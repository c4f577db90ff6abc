"""The dial of released ODE-Nets: error on the test set against evaluations of f, method by method.

    python docs/guides/dial.py [--pictures 2000] [NAME ...]          # default: every released ODE-Net, first seed

A table for each NAME, printed for docs/guides/odenets.md, and docs/images/dial.png. It is ``zoo show NAME --dial``
on more pictures.
"""

import argparse
import pathlib

import matplotlib

import zoo
from zoo.analysis.work_precision import dial
from zoo.data import datasets as data

matplotlib.use("agg")
from matplotlib import pyplot

PICTURE = pathlib.Path(__file__).parents[1] / "images" / "dial.png"


def table(rows):
    lines = ["| method | evaluations of f, first 100 | change of the outputs | error |", "|---|--:|--:|--:|"]
    for row in rows:
        lines.append(f"| {row.setting} | {row.evaluations:.0f} | {row.change:.1e} | {100 - row.accuracy:.2f} % |")
    return "\n".join(lines)


def draw(axes, name, rows):
    methods = dict.fromkeys(row.setting.solver for row in rows)
    for method in methods:
        own = sorted((row.evaluations, 100 - row.accuracy) for row in rows if row.setting.solver == method)
        axes.plot(*zip(*own, strict=True), marker="o", markersize=3, linewidth=1, label=method)
    axes.set(xscale="log", yscale="log", title=name, xlabel="evaluations of f", ylabel="error in %")
    axes.legend()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    nets = [each for each in zoo.weights.available() if each.application.startswith("ODENet")]
    released = [each.name for each in nets if each.name == each.recipe]
    parser.add_argument("names", nargs="*", default=released, metavar="NAME")
    parser.add_argument("--pictures", type=int, default=2000)
    arguments = parser.parse_args()
    figure, axes = pyplot.subplots(
        1, len(arguments.names), figsize=(4.4 * len(arguments.names), 3.6), layout="constrained", squeeze=False
    )
    for axis, name in zip(axes[0], arguments.names, strict=True):
        dataset = data.load(zoo.weights.get(name).dataset)
        chosen = dataset.x_test[: arguments.pictures], dataset.y_test[: arguments.pictures]
        rows = dial(zoo.load(name), *chosen)
        draw(axis, name, rows)
        print(f"\n{name}, {len(chosen[1]):,} test pictures\n\n{table(rows)}", flush=True)
    figure.savefig(PICTURE, dpi=110)


if __name__ == "__main__":
    main()
