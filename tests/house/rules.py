"""The rules of the house, each a function from a source to complaints, so that each can be tried on a made-up one."""

import ast
import dataclasses
import functools
import pathlib
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).resolve().parents[2]
FLOORS = {
    "numerics": 0,
    "data": 0,
    "client": 1,
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
"""The floor of every room. A new folder under ``zoo/`` needs its line here, and CONTRIBUTING.md names it."""
BELOW, ABOVE = -1, 9  # zoo._check, and zoo itself with zoo.__main__


@dataclasses.dataclass(frozen=True)
class Source:
    """The text of a module, and its dotted name."""

    name: str
    text: str
    is_package: bool = False

    @functools.cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def package(self) -> str:
        return self.name if self.is_package else self.name.rpartition(".")[0]

    @property
    def path(self) -> str:
        return self.name.replace(".", "/") + ("/__init__.py" if self.is_package else ".py")


def read(path: pathlib.Path) -> Source:
    """The source in a file of the checkout."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    is_package = parts[-1] == "__init__"
    return Source(".".join(parts[:-1] if is_package else parts), path.read_text("utf-8"), is_package)


def sources(folder: str = "zoo") -> list[Source]:
    return [read(path) for path in sorted((ROOT / folder).rglob("*.py"))]


# Rooms


def room(module: str) -> str:
    """``layers`` of ``zoo.layers.ode``; ``""`` of ``zoo`` itself."""
    return [*module.split("."), ""][1]


def floor(module: str) -> int:
    """The floor of a module of the package; an unknown room is an error."""
    name = room(module)
    if name in ("", "__main__"):
        return ABOVE
    if name == "_check":
        return BELOW
    if name not in FLOORS:
        raise ValueError(f"{module} stands in no room. Expected one of: {', '.join(FLOORS)}. See tests/house/rules.py.")
    return FLOORS[name]


def imported(source: Source) -> Iterator[tuple[str, str]]:
    """(local name, dotted name) of everything that a module imports from the package, inside functions too.

    ``from zoo import layers`` gives ``zoo.layers``; ``from zoo import load``, which is no room, gives ``zoo.load``.
    """
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == "zoo":
                    yield alias.asname or "zoo", alias.name
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "zoo" and not node.level:
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def is_room(name: str) -> bool:
    return name in FLOORS or name in ("_check", "__main__")


def upward(source: Source) -> Iterator[str]:
    """Imports of a room that does not stand below; rooms of one floor do not know each other."""
    here = floor(source.name)
    for _, there in imported(source):
        if source.name == "zoo" or (is_room(room(there)) and room(there) == room(source.name)):
            continue
        above = floor(there) if is_room(room(there)) else ABOVE  # `import zoo`, `from zoo import load`
        if above >= here:
            yield f"{source.name} (floor {here}) imports {there} (floor {above})"


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__")


def private(source: Source) -> Iterator[str]:
    """Underscore names of another room, imported or reached through a module; ``zoo._check`` is for all."""
    bound = dict(imported(source))
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute):
            parts = _dotted(node)
            if parts and parts[0] in bound:
                head = "zoo" if parts[0] == "zoo" else bound[parts[0]]
                bound[f"{parts}"] = ".".join([head, *parts[1:]])
    for there in sorted(set(bound.values())):
        hidden = [part for part in there.split(".")[1:] if is_private(part)]
        if hidden and room(there) not in ("_check", room(source.name)):
            yield f"{source.name} uses {there}"


def _dotted(node: ast.expr) -> list[str]:
    """``["a", "b", "c"]`` of the expression a.b.c; nothing of another."""
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Attribute) and (head := _dotted(node.value)):
        return [*head, node.attr]
    return []


def forbidden(source: Source) -> Iterator[str]:
    """``utils``, relative imports, ``import *``, ``assert``."""
    if source.name.split(".")[-1] in ("utils", "util", "helpers", "misc", "common"):
        yield f"{source.name} does not say what it is"
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            yield f"{source.name}: relative import in line {node.lineno}"
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
            yield f"{source.name}: import * in line {node.lineno}"
        if isinstance(node, ast.Assert):
            yield f"{source.name}: assert in line {node.lineno}"


def shadows(package: Source, modules: dict[str, Source]) -> Iterator[str]:
    """Modules of a package (``modules``, by their last names) that bear the name of what the package exports.

    ``import zoo.analysis.refine`` and ``zoo.analysis.refine`` would be two things, in an order that imports choose.
    A lazy package's table, {name: module}, counts as exports.
    """
    for name, there in exports(package):
        module = f"{package.name}.{name}"
        if name in modules and (there != module or name in defined(modules[name])):
            yield f"{module} is a module, and {package.name} exports {there} by that name"


def exports(package: Source) -> Iterator[tuple[str, str]]:
    """(name, where it comes from) of what a package binds."""
    yield from imported(package)
    for name in defined(package):
        yield name, f"{package.name}.{name}()"
    for node in ast.walk(package.tree):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                name, there = (getattr(part, "value", None) for part in (key, value))
                if isinstance(name, str) and isinstance(there, str) and there.split(".")[0] == "zoo":
                    yield name, there


def defined(source: Source) -> set[str]:
    """The functions and classes of a module."""
    return {node.name for node in source.tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}


# Functions


def functions(source: Source) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Every function and method that stands in a module or in a class, with its dotted name."""

    def inside(body, prefix):
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{prefix}.{node.name}", node
            elif isinstance(node, ast.ClassDef):
                yield from inside(node.body, f"{prefix}.{node.name}")

    yield from inside(source.tree.body, source.name)


def unannotated(source: Source) -> Iterator[str]:
    """Public functions and methods with an argument or a result without its type; ``__init__`` needs no result."""
    for name, node in functions(source):
        special = name.split(".")[-1] in ("__init__", "__call__")
        if any(part.startswith("_") for part in name.split(".")[:-1]) or (node.name.startswith("_") and not special):
            continue
        arguments = node.args
        positional = [*arguments.posonlyargs, *arguments.args]
        if _is_method(name, source, node):
            positional = positional[1:]
        everything = [*positional, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
        missing = [argument.arg for argument in everything if argument and argument.annotation is None]
        if node.returns is None and node.name != "__init__":
            missing.append("its result")
        if missing:
            yield f"{name}: no type of {', '.join(missing)}"


def _is_method(name, source, node):
    static = any(isinstance(mark, ast.Name) and mark.id == "staticmethod" for mark in node.decorator_list)
    return name.count(".") > source.name.count(".") + 1 and not static


def undocumented(source: Source) -> Iterator[str]:
    """Modules, public functions and public classes without a docstring."""
    if not ast.get_docstring(source.tree):
        yield source.name
    for node in source.tree.body:
        named = isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
        if named and not ast.get_docstring(node):
            yield f"{source.name}.{node.name}"


LONGEST_FILE, LONGEST_FUNCTION = 150, 40


def long(source: Source) -> Iterator[tuple[str, int]]:
    """(path or dotted name, lines) of files over 150 lines, and of functions over 40 without their docstring."""
    lines = len(source.text.splitlines())
    if lines > LONGEST_FILE:
        yield source.path, lines
    for name, node in functions(source):
        body = node.body[1:] if ast.get_docstring(node) else node.body
        head = (body[0].lineno if body else node.lineno) - node.lineno
        said = node.body[0]
        if ast.get_docstring(node):
            head -= said.end_lineno - said.lineno + 1
        length = (node.end_lineno - body[0].lineno + 1 if body else 0) + head
        if length > LONGEST_FUNCTION:
            yield name, length
