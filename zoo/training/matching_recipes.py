"""Recipes of flows of pictures: one row for each that can be trained by name."""

from zoo import _check
from zoo.training.recipe import MatchingRecipe

MATCHING_RECIPES = {
    recipe.name: recipe
    for recipe in (
        MatchingRecipe("flownet-mnist", "FlowNet", {}, "mnist"),
        MatchingRecipe(
            "flownet-fashion_mnist",
            "FlowNet",
            {},
            "fashion_mnist",
            epochs=56,
            cycle=56,
            mixed_precision="mixed_bfloat16",
            guidance=(3.0, 0.35, 0.7),
        ),
        MatchingRecipe(
            "flownet-mnist.rectified",
            "FlowNet",
            {},
            "mnist",
            epochs=10,
            cycle=10,
            teacher="flownet-mnist",
            pairs=20_000,
            learning_rate=3e-4,
            drop_condition=0.0,
            steps=4,
            guidance=1.0,
        ),
    )
}


def get(name: str) -> MatchingRecipe:
    """The recipe of that NAME; raises ``ValueError`` that names the nearest if there is none."""
    return MATCHING_RECIPES[_check.known(name, MATCHING_RECIPES, "recipe of a flow of pictures")]
