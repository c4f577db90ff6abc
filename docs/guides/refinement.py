"""Train shallow, refine, go on: against the same depth trained from the start in equal time.

    python docs/guides/refinement.py [--epochs 3] [--seed 0] [--out ~/.cache/zoo/runs/refinement]

The multi-level schedule on CIFAR-10: ResNet-14 with steps of 1, refined to ResNet-26 with steps of 1/2, with as many
epochs and a one-cycle schedule of its own for each level. Then ResNet-26 from random weights with as many epochs as
cost the same processor time. The test set is measured after each level and once at the end. A level
that is finished is not trained again by a second call; one that was interrupted is, from its start. The last lines
printed are the table of docs/guides/refinement.md.
"""

import argparse
import dataclasses
import json
import pathlib
import shutil
import time

import keras

from zoo.analysis.refinement import change, refine
from zoo.data import datasets as data
from zoo.release import reproduce
from zoo.serving import evaluate
from zoo.training import recipes, run

DEPTHS = (14, 26)
BASE = dataclasses.replace(recipes.get("resnet20-cifar10"), mixed_precision="mixed_bfloat16")


def recipe(depth, level, epochs, seed):
    kwargs = {"depth": depth} if level == 0 else {"depth": depth, "step_size": 0.5**level}
    coarser = f"level{level - 1}" if level else ""
    return dataclasses.replace(BASE, name=f"level{level}", kwargs=kwargs, epochs=epochs, seed=seed, refines=coarser)


def trained(model, row, dataset, folder):
    """Train to the end; processor minutes of all threads, which a finished run keeps in its folder."""
    note = folder / "minutes.json"
    if not note.exists():
        shutil.rmtree(folder, ignore_errors=True)  # of an interrupted run the minutes are not known
        start = time.process_time()
        run.run(model, row, dataset, folder)
        note.write_text(json.dumps((time.process_time() - start) / 60), "utf-8")
    model.load_weights(folder / "final.weights.h5")
    return json.loads(note.read_text("utf-8"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=3, help="of each level")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=pathlib.Path, default="~/.cache/zoo/runs/refinement")
    arguments = parser.parse_args()
    out = arguments.out.expanduser() / f"seed{arguments.seed}-{arguments.epochs}"
    dataset = data.load("cifar10")
    lines, total, model = [], 0.0, None

    def report(name, epochs, minutes, before="—"):
        score = evaluate.top1(model, dataset.x_test, dataset.y_test)
        lines.append(f"| {name} | {epochs} | {minutes:.1f} | {before} | {score.percent:.2f} |")
        print(lines[-1], flush=True)

    for level, depth in enumerate(DEPTHS):
        row = recipe(depth, level, arguments.epochs, arguments.seed)
        keras.utils.set_random_seed(row.seed)
        before = "—"
        coarse, model = model, reproduce.network(row, dataset)
        if coarse is not None:
            reproduce.start_from(refine(coarse), model, row)
            same = change(coarse, model, dataset.x_test[:2000]).same
            refined = evaluate.top1(model, dataset.x_test, dataset.y_test)
            before = f"{refined.percent:.2f} ({100 * same:.0f} % alike)"
        minutes = trained(model, row, dataset, out / f"level{level}")
        total += minutes
        report(f"level {level}: ResNet-{depth}, h = {0.5**level:g}", arguments.epochs, minutes, before)
    lines.append(f"| all levels | {len(DEPTHS) * arguments.epochs} | {total:.1f} | | |")
    epochs = max(1, round(total / (minutes / arguments.epochs)))  # as many of the last level's as cost the same
    row = recipe(DEPTHS[-1], 0, epochs, arguments.seed)
    keras.utils.set_random_seed(row.seed)
    model = reproduce.network(row, dataset)
    minutes = trained(model, row, dataset, out / "from_start")
    report(f"from the start: ResNet-{DEPTHS[-1]}, h = 1", epochs, minutes)
    print(
        "\n| | epochs | processor minutes | top-1 after refining, before training | top-1 in % |\n|---|--:|--:|--:|--:|"
    )
    print("\n".join(lines))


if __name__ == "__main__":
    main()
