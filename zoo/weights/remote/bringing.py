"""Bring the files of a preset from where it lies, each compared with its list."""

import contextlib
import pathlib

from zoo.data import files
from zoo.weights import preset, progress, sums
from zoo.weights.remote.hub import Hub
from zoo.weights.remote.origin import Missing, Origin
from zoo.weights.store import WeightsError

LARGEST = 4_000_000_000
"""Bytes of the largest weights that are brought where the preset does not say how many they are."""
PARTS = (preset.CONFIG, preset.CARD, preset.TENSORS)
"""The files of a preset, in the order in which they are brought."""


def bring(source: Origin, folder: pathlib.Path) -> None:
    """Bring the files of a preset into a folder, compared with their list; the Hub's may be without one.

    Raises ``WeightsError`` if a file is missing, ``ValueError`` if one is not the listed one or too large, ``OSError``
    if it cannot be had.
    """
    listed: dict[str, str] | None = None
    if _brought(source, folder, sums.NAME, sums.LARGEST, needed=not isinstance(source, Hub)):
        listed = sums.read(folder)
    for name in PARTS:
        if listed is not None and name not in listed:
            continue
        most = preset.LARGEST_CONFIG if name != preset.TENSORS else _size(folder)
        if _brought(source, folder, name, most, needed=name != preset.CARD) and listed is not None:
            sums.check(folder / name, files.content(folder / name), listed)
    if listed is None:
        sums.write(folder)


def _brought(source, folder, name, most, needed) -> bool:
    """Whether a file is there now; one that is needed and is not there is an error."""
    try:
        with _progress(folder.name, name, most) as report:
            source.get(name, folder / name, most, report)
    except Missing:
        if not needed:
            return False
        raise WeightsError(f"there is no {name}; expected what zoo weights publish puts there") from None
    return True


def _progress(title, name, most):
    """What shows how far the weights are; the other files are small."""
    return progress.shown(title, most) if name == preset.TENSORS else contextlib.nullcontext(lambda done: None)


def _size(folder):
    """How many bytes the weights have, as the configuration says."""
    size = preset.configuration(folder).get("bytes")
    return size if isinstance(size, int) and 0 < size < LARGEST else LARGEST
