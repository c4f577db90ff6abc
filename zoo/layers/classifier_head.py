"""The last layer of a classifier, which knows what its outputs mean."""

import typing
from typing import Any

import keras

from zoo import _check


@typing.final
@keras.saving.register_keras_serializable(package="zoo")
class ClassifierHead(keras.layers.Dense):
    """``y = g(uᵀW + b)``: a dense layer that carries the labels of its outputs and where the network is from.

    Both are part of the configuration, so that a model keeps them in ``.keras`` files, in clones and after training; a
    model that ends in another layer has none. ``zoo.labels`` and ``zoo.checkpoint`` read them.

    Args:
        units: Number of classes.
        activation: g, anything that ``keras.activations.get`` takes. Defaults to ``None``, which gives logits.
        labels: Names of the classes in the order of the outputs. Defaults to ``None``: not known.
        origin: What the network was made by, a dictionary of strings, numbers and dictionaries. Defaults to ``None``.
        **kwargs: Those of ``keras.layers.Dense``.

    Input shape: ``(batch, features)``. Output shape: ``(batch, units)``.

    Raises ``ValueError`` if ``units`` is not a positive integer or there is not one label for each class.
    """

    def __init__(
        self,
        units: int,
        activation: Any = None,
        labels: tuple[str, ...] | list[str] | None = None,
        origin: dict | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(_check.integer(units, "units"), activation, **kwargs)
        if labels is not None and len(labels) != units:
            raise ValueError(f"Expected {units} labels, one for each class. Received: {len(labels)}.")
        self.labels = None if labels is None else tuple(str(label) for label in labels)
        self.origin = dict(origin or {})

    def get_config(self) -> dict:
        labels = None if self.labels is None else list(self.labels)
        return {**super().get_config(), "labels": labels, "origin": self.origin}
