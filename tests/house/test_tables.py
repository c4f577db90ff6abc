"""What is generated is what stands in the repository."""

import pytest
import rules

import zoo
from zoo.release import stubs, tables


@pytest.mark.slow
@pytest.mark.parametrize("document", tables.TABLES)
def test_tables_are_those_of_the_manifest(document):
    """`make tables` writes them."""
    text = (rules.ROOT / document).read_text("utf-8")
    assert tables.written(document) == text
    if document in ("README.md", "weights/README.md"):
        for checkpoint in zoo.weights.trained():
            assert checkpoint.provenance.recipe in text


@pytest.mark.slow
def test_the_stub_of_the_applications_is_that_of_the_registry():
    """`make stubs` writes it."""
    assert stubs.PATH.read_text("utf-8") == stubs.text()
