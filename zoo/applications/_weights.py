"""``weights=``: which checkpoint is meant, and how its values reach a model."""

import logging
import os
import pathlib

import keras

from zoo import _names
from zoo.applications import _network
from zoo.weights import Checkpoint, available, locate


def assemble(
    application,
    architecture,
    trunk,
    drop_path,
    *,
    include_top,
    weights,
    input_tensor,
    input_shape,
    pooling,
    classes,
    classifier_activation,
    name,
):
    """The model of an application, with weights if asked for.

    Args:
        application, architecture: Name of the function and the keywords that shape its weights; together
            with ``weights`` they select the checkpoint.
        trunk: ``trunk(image, drop_path=…)`` maps a normalised image to features.
        drop_path: For the trunk.
        name: Of the model.
        include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation: As in
            every application.

    Raises:
        ValueError: Arguments that do not fit, or weights that do not exist.
        zoo.weights.WeightsError: The released file cannot be had intact.
    """
    head = _network.Head(include_top, pooling, classes, classifier_activation)
    source = resolve(weights, application, architecture)
    if isinstance(source, Checkpoint):
        _check_activation(head)

    def network(image, head, drop_path):
        return _network.model(lambda image: trunk(image, drop_path=drop_path), image, head, name)

    image = _network.image_input(input_tensor, input_shape)
    model = network(image, head, drop_path)
    filed = _head_in(source, head)
    if source is None:
        return model
    if filed == head and input_tensor is None and not drop_path:
        return load(model, source)
    # Otherwise the file fits a network of its own, whose layers of the same names are copied: released
    # files know no stochastic depth, and layers before input_tensor would shift the names in a file.
    original = network(keras.Input(image.shape[1:]), filed, 0.0 if isinstance(source, Checkpoint) else drop_path)
    transfer(load(original, source), model, skip=filed != head)
    if head.include_top and filed != head:
        logging.getLogger("zoo").warning(
            "%s: the trunk is %s's (%d classes); the head for %d classes is new and untrained.",
            *(name, source.name, filed.classes, head.classes),
        )
    return model


def _head_in(source, head):
    """The head of the network whose weights are in the file."""
    if isinstance(source, Checkpoint) and (head.include_top, head.classes) != (True, len(source.classes)):
        return _network.Head(True, None, len(source.classes), head.activation)
    return head


def _check_activation(head):
    if head.include_top and keras.activations.get(head.activation) not in _PRETRAINED_ACTIVATIONS:
        raise ValueError(
            "A pretrained classifier is used with classifier_activation='softmax' or None (logits). "
            f"Received: classifier_activation={head.activation!r}."
        )


_PRETRAINED_ACTIVATIONS = (keras.activations.get(None), keras.activations.softmax)


def resolve(weights, application, architecture):
    """What ``weights=`` means for this network: ``None``, a ``Checkpoint`` or the path of a weight file.

    Raises ``ValueError`` that names what exists if it is none of them.
    """
    if weights is None:
        return None
    if isinstance(weights, os.PathLike) or str(weights).endswith(".h5") or os.sep in str(weights):
        return _file(pathlib.Path(weights).expanduser())
    fitting = {c.tag: c for c in available() if c.application == application and c.kwargs == architecture}
    names = {c.name: c for c in available()}
    if weights in fitting:
        return fitting[weights]
    described = f"{application}({', '.join(f'{key}={value!r}' for key, value in architecture.items())})"
    if weights in names:
        if names[weights] in fitting.values():
            return names[weights]
        raise ValueError(f"The weights {weights!r} are those of another network, not of {described}.")
    choices = [*fitting, *(c.name for c in fitting.values())]
    if not choices:
        raise ValueError(
            f"No weights are released for {described}. Received: weights={weights!r}. Build it with weights=None. "
            f"Released are: {', '.join(names) or '(nothing yet)'}."
        )
    raise _names.unknown(weights, choices, f"weights for {described} (None and paths of .weights.h5 files work too)")


def _file(path):
    if not path.name.endswith(".weights.h5"):
        raise ValueError(f"A weight file must end in .weights.h5 (keras.Model.save_weights). Received: {path}.")
    if not path.is_file():
        raise FileNotFoundError(f"No weight file at {path}.")
    return path


def load(model, source):
    """Load a released checkpoint, verified first, or the weight file of a user; returns the model.

    Raises ``ValueError`` if the file does not fit the model, ``WeightsError`` as ``zoo.weights.locate``.
    """
    path = locate(source) if isinstance(source, Checkpoint) else source
    try:
        model.load_weights(path)
    except Exception as error:  # h5py and Keras raise many kinds for a file that does not fit
        raise ValueError(
            f"The weight file {path} does not fit {model.name} ({model.count_params():,} values): {error}"
        ) from error
    return model


def transfer(source, target, skip=False):
    """Copy the weights of each layer of ``source`` into the layer of that name in ``target``.

    ``skip`` leaves out the classifier. Raises ``ValueError`` if ``target`` has no layer of that name.
    """
    for layer in source.layers:
        if layer.weights and not (skip and layer.name == "predictions"):
            target.get_layer(layer.name).set_weights(layer.get_weights())
