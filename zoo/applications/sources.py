"""``weights=``: which checkpoint or file is meant, and the arrays in it."""

import dataclasses
import functools
import os
import pathlib
from typing import Any

import keras
import numpy as np

from zoo import _check
from zoo.applications import identity
from zoo.applications.application import Application, Network
from zoo.weights import Checkpoint, available, file, keys, preset, store
from zoo.weights.checkpoint import Classifier

SUFFIXES = (file.SUFFIX, ".weights.h5", ".keras")


@dataclasses.dataclass(frozen=True)
class Source:
    """Trained weights: those of a checkpoint, or a file.

    Attributes:
        checkpoint: The release, or ``None`` for a file of the user's.
        path: The user's file, or ``None`` for a release.
    """

    checkpoint: Checkpoint | None = None
    path: pathlib.Path | None = None

    def __str__(self) -> str:
        return self.checkpoint.name if self.checkpoint else str(self.path)

    @property
    def released(self) -> bool:
        """Whether it is a release."""
        return self.checkpoint is not None

    @property
    def loads_itself(self) -> bool:
        """Whether Keras puts the file into a model by the order of its layers: a ``.weights.h5`` file."""
        return self.path is not None and self.path.name.endswith(".weights.h5")

    def load_into(self, model: keras.Model) -> None:
        """Load a ``.weights.h5`` file; raises ``ValueError`` in one line if it does not fit."""
        try:
            model.load_weights(self.path)
        except Exception as error:  # h5py and Keras raise many kinds for a file that does not fit
            reason = " ".join(str(error).split())
            raise ValueError(
                f"The weight file {self.path} does not fit {model.name} ({model.count_params():,} values): "
                f"{reason[:300]}. Expected the file of an equal network, head included; zoo.save writes one that also "
                "fits another head."
            ) from error

    def arrays(self) -> dict[str, np.ndarray]:
        """The tensors by key."""
        return self._content[0]

    @property
    def classes(self) -> int | None:
        """How many classes the head in the file has; ``None`` where only the file itself can tell."""
        if self.checkpoint is not None:
            return len(self.checkpoint.task.classes) if isinstance(self.checkpoint.task, Classifier) else None
        if self.loads_itself:
            return None
        bias = self.arrays().get("predictions/bias")
        return None if bias is None else len(bias)

    @property
    def labels(self) -> tuple[str, ...] | None:
        """The labels of the classes, where they are known."""
        if self.checkpoint is not None:
            return self.checkpoint.task.classes if isinstance(self.checkpoint.task, Classifier) else None
        labels = None if self.loads_itself else self._content[1].get("labels")
        return None if labels is None else tuple(labels)

    @property
    def origin(self) -> dict[str, Any]:
        """What a model remembers of where its weights are from."""
        if self.checkpoint is not None:
            return {"checkpoint": self.checkpoint.name, "digest": self.checkpoint.file.digest.value}
        known = {} if self.loads_itself else self._content[1]
        return {key: known[key] for key in ("checkpoint", "digest") if key in known}

    @functools.cached_property
    def _content(self):
        """Arrays and header, read once: a checkpoint's file is checked as it is read."""
        if self.checkpoint is not None:
            return file.unpacked(store.read(self.checkpoint), self.checkpoint.file.name)
        if self.path.suffix == ".keras":
            model = identity.load_keras(self.path)
            labels = identity.labels(model)
            return keys.arrays_of(model), {**identity.origin(model), **({"labels": labels} if labels else {})}
        if self.path.is_dir():
            folder = preset.read(self.path)
            return folder.tensors, folder.config
        return file.read(self.path)


def resolve(weights: Any, application: Application, network: Network) -> Source | None:
    """What ``weights=`` means for this network: ``None``, a checkpoint or a path.

    A checkpoint fits if it has the architecture, whatever its settings. Raises ``ValueError`` that names what exists if
    it is none of them, ``FileNotFoundError`` for a path without a file.
    """
    if weights is None:
        return None
    if not isinstance(weights, (str, os.PathLike)):
        raise ValueError(
            f"weights must be None, a tag such as 'cifar10', the NAME of a release or a path ({', '.join(SUFFIXES)} or "
            f"the folder of a preset). Received: {weights!r}."
        )
    fitting = {c.tag: c for c in available() if _fits(c, application, network)}
    names = {c.name: c for c in available()}
    if weights in fitting:
        return Source(fitting[str(weights)])
    if is_path(weights):
        return Source(path=_existing(pathlib.Path(weights).expanduser()))
    described = f"{application.root.name}({', '.join(f'{k}={v!r}' for k, v in network.architecture.items())})"
    if weights in names:
        if names[str(weights)] in fitting.values():
            return Source(names[str(weights)])
        raise ValueError(f"The weights {weights!r} are those of another network, not of {described}.")
    choices = [*fitting, *(c.name for c in fitting.values())]
    if not choices:
        raise ValueError(
            f"No weights are released for {described}. Received: weights={weights!r}. Build it with weights=None. "
            f"Released are: {', '.join(names) or '(nothing yet)'}."
        )
    raise _check.unknown(weights, choices, f"weights for {described} (None and paths work too)")


def is_path(name: Any) -> bool:
    """Whether the name of a model or of weights is meant as a path."""
    text = os.fspath(name)
    return isinstance(name, os.PathLike) or os.sep in text or text.endswith(SUFFIXES) or os.path.isdir(text)


def _fits(checkpoint, application, network):
    if checkpoint.application != application.root.name:
        return False
    return application.root.describe(**checkpoint.keywords).architecture == network.architecture


def _existing(path):
    if not path.exists():
        raise FileNotFoundError(f"No weight file at {path}. Expected {', '.join(SUFFIXES)} or the folder of a preset.")
    if not path.is_dir() and not path.name.endswith(SUFFIXES):
        raise ValueError(f"A weight file must end in {', '.join(SUFFIXES)}. Received: {path}.")
    return path
