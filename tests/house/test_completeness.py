"""Nothing public is without its row in ``descriptors.py``."""

from descriptors import APPLICATIONS

import zoo
from zoo import applications
from zoo.training import recipes


def test_every_application_has_a_row():
    families = {name for name in dir(applications) if hasattr(getattr(applications, name), "describe")}
    variants = {variant.__name__ for variant in applications.VARIANTS.values()}
    assert families - variants == {row.function.__name__ for row in APPLICATIONS} - variants


def test_every_variant_has_its_number_of_weights():
    counted = [name for row in APPLICATIONS for name in row.parameters]
    assert sorted(counted) == sorted(set(counted))
    assert set(counted) == set(zoo.list_models())
    for row in APPLICATIONS:
        assert set(row.parameters_100) <= set(row.parameters), "a variant of a hundred classes is one of ten first"


def test_every_release_has_its_recipe():
    for checkpoint in zoo.weights.available():
        assert checkpoint.recipe in recipes.RECIPES
        assert checkpoint.variant in zoo.list_models()
