"""Recipes of flows of pictures: one row for each that can be trained by name."""

from zoo import _check
from zoo.training.recipe import MatchingRecipe

MATCHING_RECIPES = {
    recipe.name: recipe
    for recipe in (
        MatchingRecipe("flownet-mnist", "FlowNet", {}, "mnist", epochs=8),
        MatchingRecipe("flownet-fashion_mnist", "FlowNet", {}, "fashion_mnist"),
    )
}


def get(name: str) -> MatchingRecipe:
    """The recipe of that NAME; raises ``ValueError`` that names the nearest if there is none."""
    return MATCHING_RECIPES[_check.known(name, MATCHING_RECIPES, "recipe of a flow of pictures")]
