"""The docstrings of applications: what the network's own says, and the common arguments, written once."""

import inspect
import re
from typing import Any


def of(application: Any) -> str:
    """The docstring of an application: formula, source, every argument with its meaning, shapes, errors, example."""
    head, own = _divided(inspect.cleandoc(application.network.__doc__ or ""))
    fixed = ", ".join(f"{key}={value!r}" for key, value in {**application.fixed, **application.defaults}.items())
    if application.family is not None:
        first, _, rest = head.partition("\n")
        head = f"``{application.family.name}({fixed})``: {first}\n{rest}"
    arguments = {**application.task.documentation(), **own}
    described = "\n".join(
        f"    {name}: {meaning}" for name, meaning in arguments.items() if name not in application.fixed
    )
    return "\n\n".join([head.rstrip(), f"Args:\n{described}", *application.task.closing(application.name)])


def _divided(text):
    """What stands before the arguments, and the arguments with their meanings (lines as they are, indented)."""
    head, _, rest = text.partition("\nArgs:\n")
    own: dict[str, str] = {}
    name = ""
    for line in rest.splitlines():
        if match := re.fullmatch(r"    ((?:\w+)(?:, \w+)*): (.*)", line):
            name = match[1]
            own[name] = match[2]
        elif line.startswith("     ") and name:
            own[name] += f"\n        {line.strip()}"
    return head, own
