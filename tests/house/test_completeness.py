"""Nothing public is without its row in ``descriptors.py``."""

import importlib
import pkgutil

import keras
from descriptors import APPLICATIONS, DENSITIES

import zoo
from zoo import applications, layers
from zoo.training import recipes
from zoo.training.matching_recipes import MATCHING_RECIPES
from zoo.training.toy_recipes import TOY_RECIPES


def modules(package):
    """Every module in a package whose path has no underscore name."""
    found = pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    return [importlib.import_module(each.name) for each in found if "._" not in each.name]


def test_every_application_is_in_the_namespace():
    """A file of a network has its line in ``zoo/applications/__init__.py``."""
    modules(applications)
    missing = [name for name, each in applications.registered().items() if vars(applications).get(name) is not each]
    assert missing == []


def test_every_layer_is_in_the_namespace():
    """A file of a layer has its line in ``zoo/layers/__init__.py``."""
    made = [
        each
        for module in modules(layers)
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, keras.layers.Layer) and each.__module__ == module.__name__
    ]
    assert [each.__name__ for each in made if vars(layers).get(each.__name__) is not each] == []


def test_every_application_has_a_row():
    families = {name for name, each in applications.registered().items() if each.family is None}
    assert families == {row.function.name for row in (*APPLICATIONS, *DENSITIES)}


def test_every_variant_has_its_number_of_weights():
    counted = [name for row in (*APPLICATIONS, *DENSITIES) for name in row.parameters]
    assert sorted(counted) == sorted(set(counted))
    assert set(counted) == set(zoo.list_models())
    for row in APPLICATIONS:
        assert set(row.parameters_100) <= set(row.parameters), "a variant of a hundred classes is one of ten first"


def test_every_release_has_its_recipe():
    for checkpoint in zoo.weights.trained():
        assert checkpoint.provenance.recipe in {**recipes.RECIPES, **MATCHING_RECIPES, **TOY_RECIPES}
    for checkpoint in zoo.weights.available():
        assert checkpoint.variant in zoo.list_models()
