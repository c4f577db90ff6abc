"""Reproduce the released flows of pictures: train by the recipe, measure once, release into this checkout.

    python applications/flownet.py [NAME]          # default: flownet-mnist

The run is in ~/.cache/zoo/runs/NAME; the same call goes on there after an interruption. One core of a processor needs
about an hour for the training, and a quarter of one to measure the samples.
"""

import pathlib
import sys

from zoo.release import flows

if __name__ == "__main__":
    name = sys.argv[1] if len(sys.argv) > 1 else "flownet-mnist"
    print(flows.from_recipe(name, repository=pathlib.Path(__file__).parents[1]))
