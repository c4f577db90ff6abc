"""How often an ODE-Net's label is that of the converged answer, and how well ``settled`` says so beforehand.

    python docs/guides/settled.py [--pictures 10000] [NAME ...]          # default: the two on 28×28 pictures

Two tables for each NAME, printed for docs/guides/odenets.md: fixed settings and ``until_settled`` against
rk4 × 16, which is taken as converged, and the flips that ``estimate`` foresees.
"""

import argparse

import numpy as np

import zoo
from zoo.analysis.discretization_error import estimate, until_settled
from zoo.analysis.work_precision import Setting, evaluations
from zoo.data import datasets as data

NAMES = ("odenet_mnist-mnist", "odenet_mnist-fashion_mnist")
CONVERGED = Setting("rk4", 16)
FIXED = (
    *(Setting("euler", steps) for steps in (1, 2, 4)),
    *(Setting("midpoint", steps) for steps in (1, 2, 4)),
    *(Setting("rk4", steps) for steps in (1, 2)),
)
FORESEEN = 30  # flips that a setting must have for its row in the second table


def auroc(scores, positive):
    """The chance that a flip has a higher score than a label that stays, ties half."""
    ordered = np.sort(scores[~positive])
    below = np.searchsorted(ordered, scores[positive], "left")
    return np.mean(below + np.searchsorted(ordered, scores[positive], "right")) / 2 / len(ordered)


def row(name, nfe, flips):
    return f"| {name} | {nfe:.2f} | {100 * np.mean(~flips):.2f} % | {np.sum(flips)} |"


def report(name, pictures):
    model, images = zoo.load(name), data.load(zoo.weights.get(name).dataset).x_test[:pictures]
    converged = estimate(model, images, CONVERGED).labels
    first, second = [], []
    for setting in FIXED:
        found = estimate(model, images, setting)
        flips = found.labels != converged
        first.append(row(setting, evaluations(setting.of(model), images[:1]), flips))
        if np.sum(flips) >= FORESEEN:
            area = auroc(2 * found.error / np.maximum(found.lead, 1e-12), flips)
            missed = np.sum(flips & found.settled)
            second.append(
                f"| {setting} | {area:.3f} | {missed} of {np.sum(flips)} | {100 * found.settled.mean():.1f} % |"
            )
    found = until_settled(model, images)
    first.append(row("until settled", found.nfe.mean(), found.labels != converged))
    print(f"\n`{name}`, {len(images):,} test pictures:\n")
    print("| method | evaluations of f | same label as rk4 × 16 | others |\n|---|--:|--:|--:|", *first, sep="\n")
    print(f"\nnot settled at the last grid: {np.sum(~found.settled)}\n")
    print("| method | AUROC | flips called settled | settled |\n|---|--:|--:|--:|", *second, sep="\n", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=NAMES, metavar="NAME")
    parser.add_argument("--pictures", type=int, default=10_000)
    arguments = parser.parse_args()
    for name in arguments.names:
        report(name, arguments.pictures)


if __name__ == "__main__":
    main()
