"""Reproduce the released flows of the toys: train by the recipe, measure once, release into this checkout.

python applications/ffjord.py [NAME …]          # default: every toy, two to twenty minutes each
"""

import pathlib
import sys

from zoo.release import publishing, toys
from zoo.training.toy_recipes import TOY_RECIPES

if __name__ == "__main__":
    repository, names = pathlib.Path(__file__).parents[1], sys.argv[1:] or list(TOY_RECIPES)
    commit = publishing.commit_of(repository)  # before the first of them changes the checkout
    for name in names:
        print(toys.from_recipe(name, repository, commit), flush=True)
