"""Nothing public is without its row in ``descriptors.py``."""

from descriptors import APPLICATIONS

import zoo
from zoo import applications
from zoo.training import recipes


def test_every_application_has_a_row():
    families = {name for name, each in applications.registered().items() if each.family is None}
    assert families == {row.function.name for row in APPLICATIONS}


def test_every_variant_has_its_number_of_weights():
    counted = [name for row in APPLICATIONS for name in row.parameters]
    assert sorted(counted) == sorted(set(counted))
    assert set(counted) == set(zoo.list_models())
    for row in APPLICATIONS:
        assert set(row.parameters_100) <= set(row.parameters), "a variant of a hundred classes is one of ten first"


def test_every_release_has_its_recipe():
    for checkpoint in zoo.weights.available():
        assert checkpoint.provenance.recipe in recipes.RECIPES
        assert checkpoint.variant in zoo.list_models()
