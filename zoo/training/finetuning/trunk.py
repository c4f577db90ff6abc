"""The trunk of a trained network under a new head."""

from collections.abc import Callable, Sequence

import keras

from zoo import applications
from zoo.applications.head import NAME
from zoo.layers import ClassifierHead


def check(model: keras.Model) -> keras.Model:
    """The model; raises ``ValueError`` unless it has a classifier to replace and takes pictures of one size."""
    if "avg_pool" not in {layer.name for layer in model.layers}:
        raise ValueError(f"{model.name} has no classifier to replace. Expected a model built with include_top=True.")
    shape = model.input_shape
    if len(shape) != 4 or None in shape[1:] or shape[3] not in (1, 3):
        raise ValueError(
            f"{model.name} takes no pictures of one size that others could be brought to. Expected an input of "
            f"(height, width, 1 or 3), given by input_shape. Received: {shape[1:]}."
        )
    return model


def with_new_head(source: keras.Model, classes: int, labels: Sequence[str] | None) -> keras.Model:
    """A copy of the model with a new classifier, which knows where the trunk is from."""
    copy = keras.models.clone_model(source)
    copy.set_weights(source.get_weights())
    origin = {**applications.identity.origin(source), "calibration": {}}  # that of the source is of another head
    names = None if labels is None else tuple(labels)
    head = ClassifierHead(classes, "softmax", names, origin, dtype="float32", name=NAME)
    return keras.Model(copy.input, head(copy.get_layer("avg_pool").output), name=f"{source.name}_finetuned")


def set_trainable(model: keras.Model, rule: Callable[[keras.layers.Layer], bool]) -> None:
    """Set ``trainable`` of every layer inside the model, at any depth: a container first, then what it holds."""
    for layer in model._flatten_layers(include_self=False):
        layer.trainable = rule(layer)
