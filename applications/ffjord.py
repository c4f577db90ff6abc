"""Reproduce the released flows of the toys: train by the recipe, measure once, release into this checkout.

python applications/ffjord.py [NAME …]          # default: every toy, about five minutes each
"""

import pathlib
import sys

from zoo.release import publishing, toys
from zoo.training.toy_recipes import TOY_RECIPES
from zoo.weights import home

if __name__ == "__main__":
    repository, names = pathlib.Path(__file__).parents[1], sys.argv[1:] or list(TOY_RECIPES)
    for name in names:  # before the first of them changes the checkout
        publishing.started_from(home() / "runs" / name, repository)
    for name in names:
        print(toys.from_recipe(name, repository), flush=True)
