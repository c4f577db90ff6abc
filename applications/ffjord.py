"""Reproduce the released flows of the toys: train by the recipe, measure once, release into this checkout.

python applications/ffjord.py [NAME …]          # default: every toy, about five minutes each
"""

import pathlib
import sys

from zoo.release import toys
from zoo.training.toy_recipes import TOY_RECIPES

if __name__ == "__main__":
    for name in sys.argv[1:] or TOY_RECIPES:
        print(toys.from_recipe(name, repository=pathlib.Path(__file__).parents[1]))
