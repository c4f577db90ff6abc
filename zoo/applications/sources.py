"""Trained weights: the file of a release, a file of the user's, a preset."""

import abc
import dataclasses
import functools
import pathlib
import typing
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from zoo.applications import identity
from zoo.applications.head import NAME
from zoo.weights import Checkpoint, converted, formats, keys, preset
from zoo.weights.checkpoint import Classifier


class Source(abc.ABC):
    """Trained weights, wherever they are."""

    released = False
    """Whether it is a release, whose classifier is trained."""

    @property
    @abc.abstractmethod
    def classes(self) -> int | None:
        """How many classes the head has; ``None`` if there is none, or only the loading can tell."""

    @property
    @abc.abstractmethod
    def labels(self) -> tuple[str, ...] | None:
        """The labels of the classes, where they are known."""

    @property
    @abc.abstractmethod
    def origin(self) -> dict[str, Any]:
        """What a model remembers of where its weights are from."""

    @abc.abstractmethod
    def load_into(self, model: keras.Model, skip: Callable[[str], bool]) -> None:
        """Give the layers of a model their weights, but for those whose key is to be skipped.

        Raises ``ValueError`` if they do not fit.
        """


@typing.final
@dataclasses.dataclass(frozen=True)
class Release(Source):
    """The file of a checkpoint, checked as it is read."""

    checkpoint: Checkpoint
    released = True

    def __str__(self) -> str:
        return self.checkpoint.name

    @property
    def classes(self) -> int | None:
        return None if self.labels is None else len(self.labels)

    @property
    def labels(self) -> tuple[str, ...] | None:
        task = self.checkpoint.task
        return task.classes if isinstance(task, Classifier) else None

    @property
    def origin(self) -> dict[str, Any]:
        return {"checkpoint": self.checkpoint.name, "digest": self.checkpoint.file.digest.value}

    def load_into(self, model: keras.Model, skip: Callable[[str], bool]) -> None:
        assign(model, converted.read(self.checkpoint), skip, f"{self} for {model.name}")


@typing.final
@dataclasses.dataclass(frozen=True)
class Stored(Source):
    """A ``.safetensors``, ``.npz`` or ``.keras`` file of the user's, or the folder of a preset."""

    path: pathlib.Path

    def __str__(self) -> str:
        return str(self.path)

    @functools.cached_property
    def _content(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Tensors and what is known of them, read once."""
        if self.path.suffix == ".keras":
            model = identity.load_keras(self.path)
            return keys.arrays_of(model), {**identity.origin(model), "labels": identity.labels(model)}
        if self.path.is_dir():
            folder = preset.read(self.path)
            return folder.tensors, folder.config
        return formats.read(self.path)

    @property
    def classes(self) -> int | None:
        bias = self._content[0].get(f"{NAME}/bias")
        return None if bias is None else len(bias)

    @property
    def labels(self) -> tuple[str, ...] | None:
        labels = self._content[1].get("labels")
        return None if labels is None else tuple(labels)

    @property
    def origin(self) -> dict[str, Any]:
        return {
            key: self._content[1][key] for key in ("checkpoint", "digest", "calibration") if key in self._content[1]
        }

    def load_into(self, model: keras.Model, skip: Callable[[str], bool]) -> None:
        assign(model, self._content[0], skip, f"{self} for {model.name}")


def assign(model: keras.Model, tensors: dict[str, np.ndarray], skip: Callable[[str], bool], source: str) -> None:
    """Give a model the arrays of its keys, but for those that are to be skipped; raises ``ValueError`` as
    ``keys.assign``."""
    tensors, variables = (
        {key: value for key, value in each.items() if not skip(key)} for each in (tensors, keys.named_weights(model))
    )
    keys.assign(variables, tensors, source)
