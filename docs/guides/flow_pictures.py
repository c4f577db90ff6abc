"""The pictures and tables of docs/guides/flow_pictures.md.

    python docs/guides/flow_pictures.py [NAME] [--count 100]          # default: flownet-mnist

Writes docs/images/NAME.png (samples of each class in a row), NAME_steps.png (the same noise by more and more
evaluations) and NAME_times.png (states between noise and pictures), and prints the table of solvers and steps.
"""

import argparse
import pathlib

import flow_steps
import numpy as np

import zoo
from zoo.data import datasets
from zoo.serving import flow_dial, flow_evaluation, sampling
from zoo.training import matching_recipes

IMAGES = pathlib.Path(__file__).parents[1] / "images"
TIMES = (0.0, 0.2, 0.4, 0.6, 0.7, 0.8, 0.9, 1.0)
STEPS = (("euler", 1), ("euler", 2), ("euler", 4), ("midpoint", 4), ("midpoint", 8), ("midpoint", 50))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="?", default="flownet-mnist")
    parser.add_argument("--count", type=int, default=100, help="Samples of each class for the table; 0 for none.")
    arguments = parser.parse_args()
    name = arguments.name
    flow, recipe = zoo.load(name), matching_recipes.get(zoo.weights.get(name).provenance.recipe)
    way, classes = flow_evaluation.way(recipe), np.arange(flow.classes)
    made = sampling.pictures(flow, np.repeat(classes, 16), way)
    sampling.save(sampling.grid(made.pictures, 16), IMAGES / f"{name}.png")
    few = [
        sampling.pictures(flow, classes, way._replace(solver=solver, steps=steps)).pictures for solver, steps in STEPS
    ]
    sampling.save(sampling.grid(np.concatenate(few), len(classes)), IMAGES / f"{name}_steps.png")
    how = {"condition": classes, "guidance": way.guidance, "solver": "midpoint", "steps": 4}
    states = flow.transport(TIMES, n=len(classes), seed=way.seed, **how).values
    pixels = np.clip(states, 0, 255).astype("uint8").reshape(-1, *flow.event_shape)
    sampling.save(sampling.grid(pixels, len(classes)), IMAGES / f"{name}_times.png")
    if arguments.count:
        dataset = datasets.load(recipe.dataset)
        classifier = zoo.load(flow_evaluation.CLASSIFIERS[recipe.dataset])
        flow_steps.table(flow_dial.dial(flow, way.guidance, arguments.count, dataset=dataset, classifier=classifier))


if __name__ == "__main__":
    main()
