"""A layout: a table from the names of arrays in a file of others to our keys, and what else is done to them."""

import dataclasses
import re
from collections.abc import Callable, Mapping

import numpy as np

Arrays = dict[str, np.ndarray]


@dataclasses.dataclass(frozen=True)
class Layout:
    """How a file of others is read.

    Attributes:
        read: ``read(content, source)`` gives its arrays by the names that they have there.
        names: Pairs of a pattern, which a whole name matches, and the key that it becomes, with ``\\1`` for groups.
            Just one pattern fits a name.
        changes: What is done to the arrays of keys besides: a function by key.
        made: ``made(arrays)`` gives what the file lacks and we make, from the converted arrays.
        ignored: A pattern of names that are left out.
        numbered: What is done to the names before the patterns, such as numbers that begin at another one.
    """

    read: Callable[[bytes, str], Arrays]
    names: tuple[tuple[str, str], ...]
    changes: Mapping[str, Callable[[np.ndarray], np.ndarray]] = dataclasses.field(default_factory=dict)
    made: Callable[[Arrays], Arrays] = lambda arrays: {}
    ignored: str = "(?!)"
    numbered: Callable[[Arrays], Arrays] = dict


def converted(layout: Layout, arrays: Mapping[str, np.ndarray], source: str) -> Arrays:
    """The arrays by our keys. That they are all that a network needs, and of its shapes, is found when they are loaded.

    Raises ``ValueError`` that names all arrays which no pattern fits, or several, and those that become one key.
    """
    found: Arrays = {}
    wrong = []
    for name, array in layout.numbered(dict(arrays)).items():
        if re.fullmatch(layout.ignored, name):
            continue
        keys = {match.expand(ours) for theirs, ours in layout.names if (match := re.fullmatch(theirs, name))}
        if len(keys) != 1 or keys & found.keys():
            wrong.append(f"{name} ({', '.join(sorted(keys)) or 'unknown'})")
            continue
        (key,) = keys
        found[key] = layout.changes.get(key, np.asarray)(array)
    if wrong:
        raise ValueError(
            f"{source} is not of this layout. Arrays that do not become one key each: {', '.join(wrong[:12])}."
        )
    return {**found, **layout.made(found)}
