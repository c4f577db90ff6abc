"""Fine-tune a released network on other classes: first a new head, then the whole network more gently."""

import os
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from zoo import _check, applications
from zoo.applications.head import NAME
from zoo.data import pictures
from zoo.data.batches import Batches
from zoo.layers import ClassifierHead
from zoo.training.schedule import OneCycle

BATCH_NORMALIZATION = ("frozen", "adapt")


def finetune(
    model: keras.Model | str | os.PathLike,
    data: tuple[Any, Any],
    classes: int,
    *,
    labels: Sequence[str] | None = None,
    head_epochs: int = 2,
    epochs: int = 5,
    learning_rate: float = 0.05,
    trunk_rate: float = 0.1,
    batch_normalization: str = "frozen",
    batch_size: int = 32,
    augment: bool = True,
    seed: int = 0,
    verbose: int | str = 0,
) -> keras.Model:
    """A new model for ``classes``: the trunk of a trained one under a new head, trained on ``data``.

    First the head alone is trained for ``head_epochs``, the trunk in inference mode. Then all is trained for
    ``epochs``, the trunk with ``trunk_rate`` times the head's learning rate. Each phase is SGD with Nesterov
    momentum 0.9 and a one-cycle schedule on cross-entropy. The model that is passed in stays as it is.

    Args:
        model: What ``zoo.load`` takes, or a classifier of ``zoo.applications``.
        data: ``(images, labels)``: raw 0..255 pictures ``(n, height, width)`` or ``(n, height, width, 1 or 3)`` of any
            size, brought to the model's by ``zoo.data.pictures.fit``; labels are numbers ``(n,)``, 0 … classes − 1.
        classes: How many classes there are.
        labels: Their names, which the model then knows (``zoo.labels``). Defaults to ``None``.
        head_epochs: Passes over the data for the head alone; 0 skips this phase.
        epochs: Passes for all; 0 skips this phase.
        learning_rate: Peak rate of the head, in both phases.
        trunk_rate: Factor on it for the trunk.
        batch_normalization: ``"frozen"`` keeps the trunk's moving statistics, γ and β as they are and uses them in
            training; ``"adapt"`` trains γ and β on batch statistics and moves the statistics. Frozen suits little
            data; adapting suits pictures that look unlike those of the first training.
        batch_size: Pictures in an update.
        augment: Whether pictures are flipped and shifted by up to 4 pixels at random.
        seed: The seed of the new head, the order and the augmentation.
        verbose: As in ``keras.Model.fit``.

    Returns:
        A functional ``keras.Model``, not compiled, all layers trainable again.

    Raises:
        ValueError: An argument or data that does not fit.

    Example:
        >>> images = np.random.default_rng(0).integers(0, 256, (8, 32, 32, 3)).astype("uint8")
        >>> tuned = zoo.finetune("resnet20", (images, np.arange(8) % 2), 2, labels=("rose", "tulip"), epochs=0)
        >>> zoo.labels(tuned)
        ('rose', 'tulip')
    """
    if batch_normalization not in BATCH_NORMALIZATION:
        raise _check.unknown(batch_normalization, BATCH_NORMALIZATION, "batch_normalization policy")
    classes = _check.integer(classes, "classes", least=2)
    source = model if isinstance(model, keras.Model) else applications.load(model)
    images, numbers = _fitting(data, source.input_shape, classes)
    keras.utils.set_random_seed(seed)
    tuned = _with_new_head(source, classes, labels)
    head = tuned.get_layer(NAME)

    def fit(passes, rate):
        if passes:
            batches = Batches(images, numbers, min(batch_size, len(images)), passes, seed, augment)
            optimizer = TwoRates(OneCycle(learning_rate, len(batches)), [v.path for v in head.weights], rate)
            tuned.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(), metrics=["accuracy"])
            tuned.fit(batches, epochs=1, shuffle=False, verbose=verbose)

    _set_trainable(tuned, lambda layer: layer is head)
    fit(head_epochs, rate=0.0)
    frozen = keras.layers.BatchNormalization if batch_normalization == "frozen" else ()
    _set_trainable(tuned, lambda layer: not isinstance(layer, frozen))
    fit(epochs, rate=trunk_rate)
    _set_trainable(tuned, lambda layer: True)
    return keras.Model(tuned.input, tuned.output, name=tuned.name)  # without the optimizer


@keras.saving.register_keras_serializable(package="zoo")
class TwoRates(keras.optimizers.SGD):
    """SGD with Nesterov momentum in which all but the head's variables have ``rate`` times the learning rate.

    Args:
        learning_rate: Number or schedule, for the head.
        head: Paths of the head's variables.
        rate: Factor for all others, ≥ 0.
    """

    def __init__(
        self,
        learning_rate: Any,
        head: Sequence[str],
        rate: float,
        momentum: float = 0.9,
        nesterov: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate, momentum=momentum, nesterov=nesterov, **kwargs)
        self.head, self.rate = list(head), float(rate)

    def build(self, variables: list) -> None:
        super().build(variables)
        self.factors = [1.0 if variable.path in self.head else self.rate for variable in variables]

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> Any:
        factor = self.factors[self._get_variable_index(variable)]
        return super().update_step(gradient, variable, learning_rate * factor)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "head": self.head, "rate": self.rate}


def _set_trainable(model, rule):
    """Set ``trainable`` of every layer inside the model, at any depth: a container first, then what it holds."""
    for layer in model._flatten_layers(include_self=False):
        layer.trainable = rule(layer)


def _with_new_head(source, classes, labels):
    """A copy of the model with a new classifier."""
    if "avg_pool" not in {layer.name for layer in source.layers}:
        raise ValueError(f"{source.name} has no classifier to replace. Expected a model built with include_top=True.")
    copy = keras.models.clone_model(source)
    copy.set_weights(source.get_weights())
    origin = applications.identity.origin(source)
    head = ClassifierHead(classes, "softmax", labels, origin, dtype="float32", name=NAME)
    return keras.Model(copy.input, head(copy.get_layer("avg_pool").output), name=f"{source.name}_finetuned")


def _fitting(data, input_shape, classes):
    """The data as uint8 pictures of the model's size and class numbers, checked."""
    try:
        images, labels = (np.asarray(part) for part in data)
    except (TypeError, ValueError):
        raise ValueError("data must be a pair of arrays (images, labels).") from None
    images = images[..., None] if images.ndim == 3 else images
    if images.ndim != 4 or images.shape[3] not in (1, 3) or labels.shape != (len(images),) or not len(images):
        raise ValueError(
            "Expected images (n, height, width[, 1 or 3]) and n labels, n at least 1. "
            f"Received images {images.shape}, labels {labels.shape}."
        )
    if not np.issubdtype(labels.dtype, np.integer) or labels.min() < 0 or labels.max() >= classes:
        raise ValueError(f"Labels must be whole numbers in 0..{classes - 1}. Received: {np.unique(labels)[:20]}.")
    _, height, width, channels = input_shape
    images = np.repeat(images, 3, axis=3) if images.shape[3] == 1 else images
    parts = [
        keras.ops.convert_to_numpy(pictures.fit(images[start : start + 500], (height, width), channels))
        for start in range(0, len(images), 500)
    ]
    return np.round(np.concatenate(parts)).astype(np.uint8), labels.astype(np.int32)
