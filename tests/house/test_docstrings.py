"""The examples in public docstrings run, and say what comes out."""

import doctest
import importlib.util
import pkgutil

import keras
import numpy as np
import pytest

import zoo

OPTIONS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL
KNOWN = {"np": np, "zoo": zoo, "keras": keras}
"""What an example need not import."""


def examples():
    """Every docstring with an example, by name; ``zoo.__main__`` is a program."""
    modules = [each.name for each in pkgutil.walk_packages(zoo.__path__, "zoo.") if not each.name.endswith("__main__")]
    finder = doctest.DocTestFinder(exclude_empty=True)
    sources = [name for name in modules if ">>> " in (importlib.util.find_spec(name).loader.get_source(name) or "")]
    found = [test for name in sources for test in finder.find(importlib.import_module(name), name, extraglobs=KNOWN)]
    return {test.name: test for test in found if test.examples}


@pytest.mark.slow
def test_the_examples_of_the_docstrings_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = examples()
    assert len(found) >= 20
    said: list[str] = []
    for test in found.values():
        doctest.DocTestRunner(optionflags=OPTIONS, verbose=False).run(test, out=said.append)
    assert not said, "".join(said)[:6000]
