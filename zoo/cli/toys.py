"""What ``zoo train`` does for a flow of a toy in the plane."""

import dataclasses
import pathlib

from zoo.cli import quiet
from zoo.training.toy_recipes import TOY_RECIPES
from zoo.weights import home


def train(name: str, epochs: int | None, seed: int | None, out: str | None) -> None:
    """Train the flow of a toy, write it as a preset and say how good it is.

    Args:
        name: That of a recipe.
        epochs, seed: Instead of the recipe's, or ``None``.
        out: The folder of the preset; ``None`` is ``runs/NAME`` of the cache.
    """
    recipe = TOY_RECIPES[name]
    quiet.start()
    from zoo.applications import save
    from zoo.training import toy_training

    recipe = dataclasses.replace(
        recipe, epochs=recipe.epochs if epochs is None else epochs, seed=recipe.seed if seed is None else seed
    )
    flow = toy_training.train(recipe, lambda objective, flow: print(objective, toy_training.line(flow, recipe.dataset)))
    print(save(flow, pathlib.Path(out).expanduser() if out else home() / "runs" / name))
