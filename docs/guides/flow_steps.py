"""What flows of pictures are worth in few steps: the table and the curves of docs/guides/flow_pictures.md.

    pip install '.[train]' && python docs/guides/flow_steps.py [NAME …] [--count 50]          # default: flownet-mnist

Makes --count samples of each class from the same noise under each of the solvers and steps of
``zoo.serving.flow_dial.SETTINGS``, with the guidance of the release, and measures them as ``zoo evaluate`` does. Writes
docs/images/flow_steps.png and prints a table for each NAME.
"""

import argparse
import pathlib

import matplotlib

import zoo
from zoo.data import datasets
from zoo.serving import flow_dial, flow_evaluation

matplotlib.use("agg")
from matplotlib import pyplot

IMAGES = pathlib.Path(__file__).parents[1] / "images"
COLOURS = {"euler": "#0072B2", "midpoint": "#D55E00", "rk4": "#009E73"}
LINES = ("-", "--", ":")


def table(rows):
    print(
        "| solver | steps | evaluations | change, grey levels | named as wanted | worst class | Fréchet / real | "
        "as near as a copy |"
    )
    print("|---|--:|--:|--:|--:|--:|--:|--:|")
    for row in rows:
        cells = [row.way.solver, row.way.steps, row.nfe, f"{row.change:.1f}", f"{row.quality.named:.1f} %"]
        cells += [f"{row.quality.worst:.1f} %", f"{row.quality.ratio:.2f}", f"{row.quality.near:.1f} %"]
        print(f"| {' | '.join(map(str, cells))} |")


def curves(found):
    """Share named as wanted and Fréchet distance over the evaluations, a colour a solver and a line a release."""
    figure, (named, frechet) = pyplot.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
    for line, (name, rows) in zip(LINES * len(found), found.items(), strict=False):
        for solver, colour in COLOURS.items():
            own = [row for row in rows if row.way.solver == solver]
            style = {"color": colour, "linestyle": line, "marker": "o", "markersize": 4, "label": f"{name}, {solver}"}
            named.plot([row.nfe for row in own], [row.quality.named for row in own], **style)
            frechet.plot([row.nfe for row in own], [row.quality.ratio for row in own], **style)
    named.axhline(95, color="black", linewidth=0.8, linestyle=":")
    frechet.axhline(1, color="black", linewidth=0.8, linestyle=":")
    named.set(xscale="log", xlabel="evaluations of f", ylabel="named as wanted, %", ylim=(0, 102))
    frechet.set(xscale="log", yscale="log", xlabel="evaluations of f", ylabel="Fréchet distance, times real")
    frechet.legend(fontsize=8)
    figure.savefig(IMAGES / "flow_steps.png", dpi=100)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=["flownet-mnist"])
    parser.add_argument("--count", type=int, default=50, help="samples of each class")
    arguments = parser.parse_args()
    found = {}
    for name in arguments.names:
        flow, dataset = zoo.load(name), datasets.load(zoo.weights.get(name).dataset)
        classifier = zoo.load(flow_evaluation.CLASSIFIERS[dataset.name])
        guidance = flow_evaluation.guidance_of(flow)
        measured = {"dataset": dataset, "classifier": classifier}
        found[name] = flow_dial.dial(flow, guidance, arguments.count, **measured)
        print(f"\n{name}, {arguments.count} samples of each class, guidance {guidance:g}, seed 0\n")
        table(found[name])
    curves(found)


if __name__ == "__main__":
    main()
