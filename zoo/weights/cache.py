"""Where files that were fetched are kept."""

import pathlib

from zoo.data import environment
from zoo.weights.checkpoint import Checkpoint


def home() -> pathlib.Path:
    """The cache: ``$ZOO_HOME``, or ``~/.cache/zoo``; in the folder for temporary files where the user has no home."""
    return environment.cache()


def place(checkpoint: Checkpoint) -> pathlib.Path:
    """The place of a released file in the cache."""
    return home() / "weights" / checkpoint.file.name


def lock(checkpoint: Checkpoint) -> pathlib.Path:
    """The file that a process locks while it fetches; reading needs none."""
    return home() / "locks" / checkpoint.file.name
