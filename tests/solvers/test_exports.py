"""The names that ``zoo.solvers`` exports: lazily, and all of them."""

import ast
import doctest
import pathlib
import subprocess
import sys

import pytest
import tensorflow as tf

from zoo import solvers

NAMES = ["Backsolve", "RungeKuttaSolver", "Status", "odeint"]
SCRIPT = """
import importlib.util, sys
sys.modules["zoo"] = importlib.util.module_from_spec(importlib.util.find_spec("zoo"))  # not executed: its path alone
import zoo.solvers
from zoo.solvers import odeint
print("tensorflow" in sys.modules, "tensorflow_probability" in sys.modules)
from zoo.solvers import Backsolve, Status
print("tensorflow" in sys.modules, "tensorflow_probability" in sys.modules)
"""


@pytest.mark.slow
def test_importing_them_imports_tensorflow_when_it_is_needed():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True)
    assert done.stdout.split() == ["False", "False", "True", "False"], done.stderr


def test_type_checkers_see_the_names_that_are_there():
    assert set(NAMES) <= set(dir(solvers))
    for name in NAMES:
        assert getattr(solvers, name).__name__ == name
    tree = ast.parse(pathlib.Path(solvers.__file__).read_text("utf-8"))
    shown = {alias.asname for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert sorted(shown - {None}) == NAMES
    with pytest.raises(AttributeError, match="odeint"):
        solvers.odeinth  # noqa: B018


@pytest.mark.parametrize("name", ["RungeKuttaSolver", "odeint"])
def test_the_examples_of_the_docstrings_run(name):
    shown = {"tf": tf, name: getattr(solvers, name)}
    (test,) = doctest.DocTestFinder(recurse=False).find(shown[name], name, globs=shown)
    assert test.examples
    assert doctest.DocTestRunner().run(test).failed == 0
