"""Reproduce the released RevNets: train by the recipe, measure once, release into this checkout.

    python applications/revnet.py [NAME]          # default: revnet38-cifar10

The run is in ~/.cache/zoo/runs/NAME; the same call goes on there after an interruption.
"""

import pathlib
import sys

from zoo.release import publishing as release

if __name__ == "__main__":
    name = sys.argv[1] if len(sys.argv) > 1 else "revnet38-cifar10"
    print(release.from_recipe(name, repository=pathlib.Path(__file__).parents[1]))
