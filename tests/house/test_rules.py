"""Every rule of the house finds what it forbids, in a source that was made up to break it, and lets its opposite be."""

import pytest
import rules
from rules import Source


def source(text, name="zoo.layers.made_up", **options):
    return Source(name, text, **options)


@pytest.mark.parametrize(
    ("module", "floor"),
    [
        ("zoo._check", -1),
        ("zoo.numerics.tableau", 0),
        ("zoo.data", 0),
        ("zoo.solvers", 1),
        ("zoo.cli.main", 8),
        ("zoo", 9),
        ("zoo.__main__", 9),
    ],
)
def test_every_room_has_a_floor(module, floor):
    assert rules.floor(module) == floor


@pytest.mark.parametrize("module", ["zoo.utils", "zoo.halving", "zoo.cloud.http"])
def test_an_unknown_room_is_an_error(module):
    with pytest.raises(ValueError, match="stands in no room"):
        rules.floor(module)


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("from zoo import applications", "zoo.applications"),
        ("from zoo.flows.cnf import CNF", "zoo.flows.cnf.CNF"),
        ("import zoo.training.run as run", "zoo.training.run"),
        ("import zoo", "zoo"),
        ("from zoo import load", "zoo.load"),
        ("def f():\n    from zoo.cli import main", "zoo.cli.main"),
        ("class C:\n    def f(self):\n        import zoo.release.tables", "zoo.release.tables"),
        ("if TYPE_CHECKING:\n    from zoo.analysis import refine", "zoo.analysis.refine"),
    ],
)
def test_an_import_that_points_up_is_found(text, there):
    (complaint,) = rules.upward(source(text))
    assert complaint.startswith(f"zoo.layers.made_up (floor 2) imports {there} (floor ")


def test_rooms_of_one_floor_do_not_know_each_other():
    assert list(rules.upward(source("from zoo.weights import get", "zoo.solvers.adaptive")))
    assert list(rules.upward(source("from zoo.data import datasets", "zoo.numerics.tableau")))


@pytest.mark.parametrize(
    "text",
    [
        "from zoo import _check, numerics",
        "from zoo.solvers.ivp import odeint",
        "from zoo.layers import _field",
        "import zoo.layers.ode",
        "import keras, zoology",
        "from zookeeper import load",
    ],
)
def test_an_import_that_points_down_is_let_be(text):
    assert not list(rules.upward(source(text)))


def test_the_package_itself_may_import_every_room_and_nobody_the_package():
    assert not list(rules.upward(Source("zoo", "from zoo.cli import main\nfrom zoo import layers", True)))
    assert list(rules.upward(source("import zoo", "zoo.cli.main")))


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("from zoo.layers import _field", "zoo.layers._field"),
        ("from zoo.layers._field import call", "zoo.layers._field.call"),
        ("from zoo.layers.ode import _name as name", "zoo.layers.ode._name"),
        ("from zoo import layers\nlayers._field.call(1)", "zoo.layers._field"),
        ("from zoo.layers import ode as o\ndef f():\n    return o._name", "zoo.layers.ode._name"),
        ("import zoo.layers.ode\nzoo.layers.ode._name", "zoo.layers.ode._name"),
    ],
)
def test_an_underscore_name_of_another_room_is_found(text, there):
    complaints = list(rules.private(source(text, "zoo.analysis.made_up")))
    assert f"zoo.analysis.made_up uses {there}" in complaints


@pytest.mark.parametrize(
    "text",
    [
        "from zoo import _check\n_check.integer(1, 'n')",
        "from zoo.analysis import _halves\n_halves.f()",
        "from zoo import layers\nlayers.__name__",
        "from zoo import layers\nlayers.ODE(f)._mine",  # what a call returns is nobody's module
    ],
)
def test_own_underscore_names_and_the_checks_are_let_be(text):
    assert not list(rules.private(source(text, "zoo.analysis.made_up")))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("from . import field", "zoo.layers.made_up"),
        ("from ..numerics import tableau", "zoo.layers.made_up"),
        ("from zoo.numerics import *", "zoo.layers.made_up"),
        ("def f(x):\n    assert x", "zoo.layers.made_up"),
        ("", "zoo.layers.utils"),
    ],
)
def test_what_is_forbidden_is_found(text, name):
    assert len(list(rules.forbidden(source(text, name)))) == 1
    assert not list(rules.forbidden(source("from zoo.numerics import tableau")))


@pytest.mark.parametrize(
    "text",
    [
        "from zoo.analysis.refine import refine as refine",
        "from zoo.analysis.refinement import refine",
        "def refine(model): ...",
        "class refine: ...",
        "LAZY = {'refine': 'zoo.analysis.refine'}\ndef __getattr__(name): ...",
        "LAZY = {'refine': 'zoo.analysis.refinement'}",
    ],
)
def test_a_module_with_the_name_of_an_export_is_found(text):
    package = Source("zoo.analysis", text, True)
    refine = Source("zoo.analysis.refine", "def refine(model): ...")
    (complaint,) = rules.shadows(package, {"refine": refine, "dial": Source("zoo.analysis.dial", "")})
    assert "zoo.analysis.refine is a module" in complaint
    assert not list(rules.shadows(package, {"refinement": refine}))


@pytest.mark.parametrize("text", ["from zoo import layers as layers", "LAZY = {'layers': 'zoo.layers'}"])
def test_a_package_may_export_its_modules(text):
    layers = Source("zoo.layers", "from zoo.layers.ode import ODE as ODE", True)
    assert not list(rules.shadows(Source("zoo", text, True), {"layers": layers}))


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("def f(x): ...", "x, its result"),
        ("def f(x: int): ...", "its result"),
        ("def f(x: int, *, y) -> int: ...", "y"),
        ("def f(*values, **options) -> int: ...", "values, options"),
        ("class C:\n    def __init__(self, x): ...", "x"),
        ("class C:\n    def f(self, x) -> int: ...", "x"),
        ("class C:\n    @staticmethod\n    def f(x) -> int: ...", "x"),
        ("class C:\n    @classmethod\n    def f(cls): ...", "its result"),
    ],
)
def test_a_missing_type_is_found(text, missing):
    (complaint,) = rules.unannotated(source(text))
    assert complaint.endswith(f"no type of {missing}")


@pytest.mark.parametrize(
    "text",
    [
        "def f(x: int, /, y: int = 0, *z: int, **w: int) -> int: ...",
        "def _f(x): ...",
        "class _C:\n    def f(self, x): ...",
        "class C:\n    def __init__(self, x: int): ...\n    def _f(self, x): ...\n    def __repr__(self): ...",
        "def f() -> int:\n    def inner(x): ...",
    ],
)
def test_whole_types_and_private_functions_are_let_be(text):
    assert not list(rules.unannotated(source(text)))
    assert not list(rules.unannotated(source("def f(x): ...", "zoo.layers._hidden.made_up")))


def test_a_missing_docstring_is_found():
    assert list(rules.undocumented(source("def f(): ..."))) == ["zoo.layers.made_up", "zoo.layers.made_up.f"]
    assert not list(rules.undocumented(source('"""Said."""\ndef f():\n    """Said."""\nclass _C: ...')))


def test_long_files_and_functions_are_found():
    assert list(rules.long(source(151 * "x = 1\n"))) == [("zoo/layers/made_up.py", 151)]
    assert not list(rules.long(source(150 * "x = 1\n")))
    body = "    x = 1\n"
    assert list(rules.long(source("def f():\n" + 40 * body))) == [("zoo.layers.made_up.f", 41)]
    assert not list(rules.long(source("def f():\n" + 39 * body)))
    told = 'def f():\n    """Said\n' + 50 * "    at length\n" + '    """\n'
    assert not list(rules.long(source(told + 39 * body)))
    assert list(rules.long(source("class C:\n    def f(self):\n" + 40 * ("    " + body))))
