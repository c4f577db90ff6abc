"""Reproduce the released LM-ResNets: train by the recipe, measure once, release into weights/.

    python applications/lm_resnet.py [NAME]          # default: lm_resnet20-cifar10

The run is in ~/.cache/zoo/runs/NAME and goes on there after an interruption.
"""

import pathlib
import sys

import zoo
from zoo import release, reproduce
from zoo.training import data, recipes

if __name__ == "__main__":
    recipe = recipes.get(sys.argv[1] if len(sys.argv) > 1 else "lm_resnet20-cifar10")
    folder = zoo.weights.home() / "runs" / recipe.name
    _, final = reproduce.train(recipe, data.load(recipe.dataset), folder)
    print(release.release(final, recipe, repository=pathlib.Path(__file__).parents[1]))
