"""The dial of released ODE-Nets: error on the test set against evaluations of f, method by method.

    python docs/guides/dial.py [--pictures 2000] [NAME ...]          # default: every released ODE-Net, first seed

A table for each NAME, printed for docs/guides/odenets.md. It is ``zoo show NAME --dial`` on more pictures.
``python docs/figures dial`` draws what stands there.
"""

import argparse

import zoo
from zoo.analysis.work_precision import dial
from zoo.data import datasets as data


def table(rows):
    lines = ["| method | evaluations of f, first 100 | change of the outputs | error |", "|---|--:|--:|--:|"]
    for row in rows:
        lines.append(f"| {row.setting} | {row.evaluations:.0f} | {row.change:.1e} | {100 - row.accuracy:.2f} % |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    nets = [each for each in zoo.weights.available() if each.application.startswith("ODENet")]
    released = [each.name for each in nets if each.headline]
    parser.add_argument("names", nargs="*", default=released, metavar="NAME")
    parser.add_argument("--pictures", type=int, default=2000)
    arguments = parser.parse_args()
    for name in arguments.names:
        dataset = data.load(zoo.weights.get(name).dataset)
        chosen = dataset.x_test[: arguments.pictures], dataset.y_test[: arguments.pictures]
        rows = dial(zoo.load(name), *chosen)
        print(f"\n{name}, {len(chosen[1]):,} test pictures\n\n{table(rows)}", flush=True)


if __name__ == "__main__":
    main()
