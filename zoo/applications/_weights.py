"""``weights=``: which checkpoint is meant, and how its values reach a model."""

import os
import pathlib

import keras

from zoo import _check
from zoo.applications import _stage_files
from zoo.applications import head as _network
from zoo.weights import Checkpoint, available, locate


def head_in(source, head):
    """The head of the network whose weights are in the file."""
    if isinstance(source, Checkpoint) and (head.include_top, head.classes) != (True, len(source.classes)):
        return _network.Head(True, None, len(source.classes), head.activation)
    return head


def check_activation(head):
    """Raise ``ValueError`` unless the head keeps the meaning of a trained classifier: softmax or logits."""
    if head.include_top and keras.activations.get(head.activation) not in _PRETRAINED_ACTIVATIONS:
        raise ValueError(
            "A pretrained classifier is used with classifier_activation='softmax' or None (logits). "
            f"Received: classifier_activation={head.activation!r}."
        )


_PRETRAINED_ACTIVATIONS = (keras.activations.get(None), keras.activations.softmax)


def resolve(weights, application, architecture, settings=()):
    """What ``weights=`` means for this network: ``None``, a ``Checkpoint`` or the path of a weight file.

    A checkpoint fits if it has the architecture, whatever its ``settings``. Raises ``ValueError`` that names what
    exists if it is none of them.
    """
    if weights is None:
        return None
    if not isinstance(weights, (str, os.PathLike)):
        raise ValueError(
            "weights must be None, a tag such as 'cifar10', the NAME of a release or the path of a .weights.h5 file. "
            f"Received: {weights!r}."
        )
    if isinstance(weights, os.PathLike) or str(weights).endswith(".h5") or os.sep in str(weights):
        return _file(pathlib.Path(weights).expanduser())
    own = [c for c in available() if c.application == application]
    fitting = {c.tag: c for c in own if {k: v for k, v in c.kwargs.items() if k not in settings} == architecture}
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
    raise _check.unknown(weights, choices, f"weights for {described} (None and paths of .weights.h5 files work too)")


def _file(path):
    if not path.name.endswith(".weights.h5"):
        raise ValueError(f"A weight file must end in .weights.h5 (keras.Model.save_weights). Received: {path}.")
    if not path.is_file():
        raise FileNotFoundError(f"No weight file at {path}.")
    return path


def load(model, source):
    """Load a released checkpoint, verified first, or the weight file of a user; returns the model.

    A file of the same stages under another method of integration fits too.
    Raises ``ValueError`` if the file does not fit the model, ``WeightsError`` as ``zoo.weights.locate``.
    """
    path = locate(source) if isinstance(source, Checkpoint) else source
    try:
        with _stage_files.fitting(path, model) as fitting:
            model.load_weights(fitting)
    except Exception as error:  # h5py and Keras raise many kinds for a file that does not fit
        raise ValueError(
            f"The weight file {path} does not fit {model.name} ({model.count_params():,} values): {error}"
        ) from error
    return model


def transfer(source, target, skip=False, stages=()):
    """Copy the weights of each layer of ``source`` into the layer of that name in ``target``.

    ``skip`` leaves out the classifier; of the layers named in ``stages``, which step otherwise in the two, only those
    of the field f are copied. Raises ``ValueError`` if ``target`` has no layer of that name.
    """
    for layer in source.layers:
        if layer.weights and not (skip and layer.name == "predictions"):
            old, new = layer, target.get_layer(layer.name)
            if layer.name in stages:
                old, new = old.f, new.f
            new.set_weights(old.get_weights())
