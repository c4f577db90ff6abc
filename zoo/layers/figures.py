"""What a layer that solves an equation counts in training."""

from typing import Any

import keras

FIGURES = ("nfe", "nfe_backward", "rejected", "failures")


def of(name: str) -> "dict[str, Figure]":
    """A figure ``<name>_<figure>`` for each of ``FIGURES``."""
    return {figure: Figure(name=f"{name}_{figure}") for figure in FIGURES}


class Figure(keras.metrics.Mean):
    """A mean that is NaN, not 0, where nothing was counted. It is no weight: files do not hold it."""

    def result(self) -> Any:
        return keras.ops.where(self.count > 0, super().result(), float("nan"))

    def save_own_variables(self, store: Any) -> None:
        """Nothing."""

    def load_own_variables(self, store: Any) -> None:
        """Nothing, also from older files, which hold it."""
