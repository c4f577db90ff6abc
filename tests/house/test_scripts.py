"""Scripts that no other test runs (guides, benchmarks, recipes) ask Zoo for nothing that it has not."""

import ast
import importlib
import types

import pytest
from rules import ROOT

FOLDERS = ("docs/guides", "benchmarks", "applications", ".ci", "tests/soak", "tests/jax_alone")
SCRIPTS = sorted(path for folder in FOLDERS for path in (ROOT / folder).glob("*.py"))


def _imported(tree):
    """What the names of Zoo's that a script imports are, and what it imports that is not there."""
    names, missing = {}, []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for each in node.names:
                if each.name.partition(".")[0] == "zoo":
                    module = importlib.import_module(each.name)
                    names[each.asname or "zoo"] = module if each.asname else importlib.import_module("zoo")
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "zoo":
            package = importlib.import_module(node.module)
            for each in node.names:
                if hasattr(package, each.name):
                    names[each.asname or each.name] = getattr(package, each.name)
                    continue
                try:
                    names[each.asname or each.name] = importlib.import_module(f"{node.module}.{each.name}")
                except ModuleNotFoundError:
                    missing.append(f"{node.module}.{each.name}")
    return names, missing


def _chain(node):
    """``["zoo", "layers", "ODE"]`` for ``zoo.layers.ODE``; empty if it does not start from a name."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return [node.id, *reversed(parts)] if isinstance(node, ast.Name) else []


def unknown(source):
    """The names that a script asks Zoo for in vain."""
    tree = ast.parse(source)
    names, missing = _imported(tree)
    assigned = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    for node in ast.walk(tree):
        name, *rest = _chain(node) or [None]
        if name not in names or name in assigned:
            continue
        value = names[name]
        for part in rest:
            if not isinstance(value, types.ModuleType):
                break
            if not hasattr(value, part):
                missing.append(f"{value.__name__}.{part}")
                break
            value = getattr(value, part)
    return sorted(set(missing))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_script_uses_is_there(path):
    assert unknown(path.read_text("utf-8")) == []


def test_what_is_not_there_is_found():
    source = "import zoo\nfrom zoo import layers as l, nothing\nzoo.load\nl.Nothing(1)\nzoo.solvers.odeinnt"
    assert unknown(source) == ["zoo.layers.Nothing", "zoo.nothing", "zoo.solvers.odeinnt"]
