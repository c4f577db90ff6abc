"""How a command is registered: a file in ``zoo/cli/commands``, and this decorator on its function."""

import importlib
import pkgutil
from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

_COMMANDS: dict[str, Callable[..., Any]] = {}


def command(name: str) -> Callable[[F], F]:
    """Make a function a command of that name; ``"weights list"`` is ``list`` of the group ``weights``.

    Its arguments are read by typer, its docstring is its help. Modules that need Keras or TensorFlow are imported in
    the function, so that ``zoo --help`` stays quick. Raises ``ValueError`` if there is a command of that name.
    """

    def register(function: F) -> F:
        if name in _COMMANDS:
            raise ValueError(f"There is a command {name!r} already. Choose another name.")
        _COMMANDS[name] = function
        return function

    return register


def commands() -> dict[str, Callable[..., Any]]:
    """Every command by its name; imports all files in ``zoo/cli/commands``.

    Raises ``ValueError`` for a file that registers none.
    """
    from zoo.cli import commands as folder

    for module in pkgutil.iter_modules(folder.__path__):
        name = f"{folder.__name__}.{module.name}"
        importlib.import_module(name)
        if name not in {function.__module__ for function in _COMMANDS.values()}:
            raise ValueError(f"{name} registers no command. Put @command(NAME) before its function.")
    return dict(_COMMANDS)
