"""Data sets, pictures and batches. Importing it imports no Keras; ``Batches`` alone needs it."""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoo.data.augment import flip_and_crop as flip_and_crop
    from zoo.data.batches import Batches as Batches
    from zoo.data.datasets import DATASETS as DATASETS
    from zoo.data.datasets import Dataset as Dataset
    from zoo.data.datasets import Description as Description
    from zoo.data.datasets import load as load

_EXPORTS = {
    "Batches": "batches",
    "DATASETS": "datasets",
    "Dataset": "datasets",
    "Description": "datasets",
    "flip_and_crop": "augment",
    "load": "datasets",
}
"""The module of each exported name, which is imported when the name is first asked for (PEP 562)."""

_MODULES = ("augment", "batches", "datasets", "folders", "pictures", "spirals", "tabular", "toys")


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return importlib.import_module(f"zoo.data.{name}")
    if name not in _EXPORTS:
        raise AttributeError(f"module 'zoo.data' has no attribute {name!r}")
    return getattr(importlib.import_module(f"zoo.data.{_EXPORTS[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_EXPORTS, *_MODULES})
