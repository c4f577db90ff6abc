"""Reproduce the released ODE-Nets: train by the recipe, measure once, release into this checkout.

    python applications/odenet.py [NAME]          # default: odenet_mnist-mnist

It trains on a fixed grid, which is cheaper, and releases the network with adaptive steps. The run is in
~/.cache/zoo/runs/NAME; the same call goes on there after an interruption.
"""

import pathlib
import sys

from zoo.release import publishing as release

if __name__ == "__main__":
    name = sys.argv[1] if len(sys.argv) > 1 else "odenet_mnist-mnist"
    print(release.from_recipe(name, repository=pathlib.Path(__file__).parents[1]))
