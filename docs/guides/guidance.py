"""When guidance holds, and what the samples are worth: the table of docs/guides/flow_pictures.md.

    pip install . && python docs/guides/guidance.py [NAME] [--count 200] [--seed 1] [--guidance 1.5 3:0.35:0.7 …]

Makes --count samples of each class of a released flow of pictures, flownet-fashion_mnist if nothing else is asked for,
in the steps of its recipe from one noise under each guidance, and prints how many are named as wanted and the Fréchet
distance in units of that between as many real pictures. The seed is not that of the released figures.
"""

import argparse

import zoo
from zoo.data import datasets
from zoo.flows import Guidance
from zoo.serving import flow_evaluation, sampling
from zoo.training import matching_recipes

TRIED = (
    *("1.5", "1.75:0.2:0.7", "2:0.15:0.75", "2:0.3:0.75", "2:0.3:1", "2.5:0.3:0.65", "2.5:0.35:1", "2.5:0.4:0.75"),
    *("2.75:0.35:0.65", "3:0.35:0.7", "3:0.4:0.7"),
)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="?", default="flownet-fashion_mnist")
    parser.add_argument("--count", type=int, default=200, help="samples of each class")
    parser.add_argument("--seed", type=int, default=1, help="of the noise")
    parser.add_argument("--guidance", nargs="+", default=TRIED, help="weights, or weight:start:stop")
    arguments = parser.parse_args()
    flow, recipe = zoo.load(arguments.name), matching_recipes.get(zoo.weights.get(arguments.name).provenance.recipe)
    measured = datasets.load(recipe.dataset), zoo.load(flow_evaluation.CLASSIFIERS[recipe.dataset])
    print("| guidance | named as wanted | worst class | Fréchet / real |\n|---|--:|--:|--:|")
    for guidance in map(Guidance.of, arguments.guidance):
        way = flow_evaluation.way(recipe)._replace(guidance=guidance, seed=arguments.seed)
        quality, _ = sampling.quality(flow, arguments.count, way, *measured)
        print(f"| {guidance} | {quality.named:.1f} % | {quality.worst:.1f} % | {quality.ratio:.2f} |", flush=True)


if __name__ == "__main__":
    main()
