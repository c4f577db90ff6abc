"""The house: floors of imports, what `import zoo` loads, generated tables, a wheel that carries the weights."""

import ast
import pathlib
import re
import subprocess
import sys

import pytest

import zoo
from zoo.release import tables

ROOT = pathlib.Path(__file__).resolve().parents[1]
FLOORS = {
    "_check": 0,
    "numerics": 0,
    "data": 0,
    "weights": 1,
    "solvers": 1,
    "layers": 2,
    "flows": 3,
    "applications": 4,
    "analysis": 5,
    "training": 5,
    "serving": 6,
    "release": 7,
    "cli": 8,
}
SOURCES = sorted((ROOT / "zoo").rglob("*.py"))


def floor(module: str) -> int:
    """0 at the bottom; the package itself stands on top of all."""
    parts = module.split(".")
    return FLOORS[parts[1]] if len(parts) > 1 else 9


def imports(path):
    """The modules of the package that a file imports, as dotted names."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "zoo")
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "zoo":
            if node.module == "zoo":
                yield from (f"zoo.{alias.name}" for alias in node.names)
            else:
                yield node.module
        assert not (isinstance(node, ast.ImportFrom) and node.level), f"{path}: relative import"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down(path):
    here = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for there in imports(path):
        assert floor(there) <= floor(here), f"{here} imports {there}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_library_code_does_not_assert_and_explains_itself(path):
    tree = ast.parse(path.read_text("utf-8"))
    assert not any(isinstance(node, ast.Assert) for node in ast.walk(tree))
    assert ast.get_docstring(tree)
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            assert ast.get_docstring(node), node.name


def test_recipes_import_only_zoo():
    for path in (ROOT / "applications").glob("*.py"):
        modules = set()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                modules |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                modules.add(node.module)
        assert {module.split(".")[0] for module in modules} <= {"zoo", "sys", "pathlib"}


def test_import_zoo_adds_no_heavy_package_to_keras():
    heavy = {"tensorflow_probability", "tf_keras", "matplotlib", "torch"}
    script = (
        "import sys, keras; before = set(sys.modules); import zoo; "
        f"print([name for name in {heavy} if name in set(sys.modules) - before])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("document", tables.TABLES)
def test_tables_are_those_of_the_manifest(document):
    """`make tables` writes them."""
    text = (ROOT / document).read_text("utf-8")
    assert tables.written(document) == text
    for checkpoint in zoo.weights.available():
        assert checkpoint.recipe in text


def test_the_python_in_the_readme_runs(tmp_path):
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    assert blocks
    script = "\n".join(blocks)
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_wheel_carries_exactly_the_files_of_the_manifest(tmp_path):
    build = [sys.executable, "setup.py", "-q", "build", "--build-base", str(tmp_path / "build")]
    stale = tmp_path / "build" / "lib" / "zoo" / "weights" / "files" / "stale.weights.h5"
    stale.parent.mkdir(parents=True)
    stale.write_bytes(b"")
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    carried = {path.name for path in stale.parent.iterdir()}
    assert carried == {c.file for c in zoo.weights.available() if c.bytes < 10_000_000}
    assert (stale.parents[1] / "manifest.json").exists()
    assert (stale.parents[2] / "py.typed").exists()
