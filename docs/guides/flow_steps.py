"""What flows of pictures are worth in few steps: the tables of docs/guides/flow_pictures.md.

    pip install . && python docs/guides/flow_steps.py [NAME …] [--count 50] [--guidance 1]   # default: flownet-mnist

Makes --count samples of each class from the same noise under each of the solvers and steps of
``zoo.serving.flow_dial.SETTINGS``, with the guidance of the release or another, measures them as ``zoo evaluate`` does,
and prints a table for each NAME, which ``python docs/figures flow_steps`` draws.
"""

import argparse

import zoo
from zoo.data import datasets
from zoo.flows import Guidance
from zoo.serving import flow_dial, flow_evaluation


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


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=["flownet-mnist"])
    parser.add_argument("--count", type=int, default=50, help="samples of each class")
    parser.add_argument("--guidance", help="instead of the release's, such as 1.5 or 2:0.2:0.8")
    arguments = parser.parse_args()
    for name in arguments.names:
        flow, dataset = zoo.load(name), datasets.load(zoo.weights.get(name).dataset)
        classifier = zoo.load(flow_evaluation.CLASSIFIERS[dataset.name])
        guidance = flow_evaluation.guidance_of(flow) if arguments.guidance is None else Guidance.of(arguments.guidance)
        measured = {"dataset": dataset, "classifier": classifier}
        rows = flow_dial.dial(flow, guidance, arguments.count, **measured)
        print(f"\n{name}, {arguments.count} samples of each class, guidance {guidance}, seed 0\n")
        table(rows)


if __name__ == "__main__":
    main()
