"""The docstrings of applications: what the network's own says, and the common arguments, written once."""

import inspect
import re
from typing import Any

RETURNS = """Returns:
    A functional ``keras.Model``. Input: raw {colour} 0..255, ``(batch, {shape})`` by default. Output: probabilities
    ``(batch, classes)``; logits, pooled features or a feature map by the arguments above."""

RAISES = """Raises:
    ValueError: An argument does not fit, there are no such weights, or a file does not fit the network.
    FileNotFoundError: ``weights`` is the path of no file.
    zoo.weights.WeightsError: A released file cannot be had intact."""

EXAMPLE = """Example:
    >>> model = zoo.applications.{name}({arguments})
    >>> images = np.random.default_rng(0).integers(0, 256, (2, {shape}))
    >>> model.predict(images, verbose=0).shape
    (2, {classes})"""


def of(application: Any) -> str:
    """The docstring of an application: formula, source, every argument with its meaning, shapes, errors, example."""
    head, own = _divided(inspect.cleandoc(application.network.__doc__ or ""))
    pictures = application.task.pictures
    fixed = ", ".join(f"{key}={value!r}" for key, value in {**application.fixed, **application.defaults}.items())
    if application.family is not None:
        first, _, rest = head.partition("\n")
        head = f"``{application.family.name}({fixed})``: {first}\n{rest}"
    arguments = {**application.task.documentation(), **own}
    described = "\n".join(
        f"    {name}: {meaning}" for name, meaning in arguments.items() if name not in application.fixed
    )
    values = {
        "colour": "RGB" if pictures.shape[2] == 3 else "grey",
        "shape": ", ".join(map(str, pictures.shape)),
        "classes": pictures.classes,
        "name": application.name,
        "arguments": "weights=None",
    }
    closing = [text.format(**values) for text in (RETURNS, RAISES, EXAMPLE)]
    return "\n\n".join([head.rstrip(), f"Args:\n{described}", *closing])


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
