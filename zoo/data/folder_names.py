"""Which class a folder of pictures is of: by its label, or of ImageNet also by its WordNet number."""

from collections.abc import Mapping, Sequence

from zoo import _check
from zoo.data import imagenet


def numbers(labels: Sequence[str]) -> dict[str, int]:
    """The class number by the name that its folder may have.

    A label with ``/`` in it is written with ``_``. ImageNet's classes may be called by their WordNet numbers
    (``n02012849``), too; one whose label is also the beginning of another's (``maillot``, beside
    ``maillot (tank suit)``) only so, since others call both the same.

    Args:
        labels: The names of the classes, in the order of their numbers.
    """
    shared = _shared(labels) if tuple(labels) == imagenet.labels() else {}
    named = {label.replace("/", "_"): number for number, label in enumerate(labels) if label not in shared}
    by_wnid = {wnid: number for number, wnid in enumerate(imagenet.wnids())} if shared else {}
    return {**named, **by_wnid}


def checked(name: str, known: Mapping[str, int], folder: object) -> int:
    """The class number of a folder's name.

    Args:
        name: Of the folder.
        known: See ``numbers``.
        folder: What the message calls it.

    Raises ``ValueError`` for a name that is no class, or that two classes have.
    """
    if name in known:
        return known[name]
    alike = _shared(imagenet.labels()).get(name, ()) if imagenet.wnids()[0] in known else ()
    if alike:
        wnids = " or ".join(f"{imagenet.wnids()[number]} ({imagenet.labels()[number]})" for number in alike)
        raise ValueError(f"The folder {folder} can be of {len(alike)} classes. Expected a folder named {wnids}.")
    raise ValueError(f"The folder {folder} is no class. {_check.unknown(name, known, 'class')}")


def _shared(labels):
    """The class numbers by the words before the bracket, where several labels have the same."""
    alike: dict[str, list[int]] = {}
    for number, label in enumerate(labels):
        alike.setdefault(label.partition(" (")[0], []).append(number)
    return {words: numbers for words, numbers in alike.items() if len(numbers) > 1}
