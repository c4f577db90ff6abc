"""Reproduce the released flows of the toys: train by the recipe, measure once, release into this checkout.

python applications/ffjord.py [NAME]          # default: ffjord-8gaussians
"""

import pathlib
import sys

from zoo.release import toys

if __name__ == "__main__":
    name = sys.argv[1] if len(sys.argv) > 1 else "ffjord-8gaussians"
    print(toys.from_recipe(name, repository=pathlib.Path(__file__).parents[1]))
