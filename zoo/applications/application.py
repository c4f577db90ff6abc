"""What makes an application of a network: ResNet50's arguments around its own, and its released weights."""

import dataclasses
import functools
import inspect
import logging
from collections.abc import Callable

import keras

from zoo.applications import _weights
from zoo.applications import head as _network
from zoo.weights import Checkpoint


@dataclasses.dataclass(frozen=True)
class Network:
    """What an application says of its network; everything else is the same for all.

    Attributes:
        name: Default name of the model, and of its variant.
        architecture: The keywords that shape the weights; with ``weights=`` they select the checkpoint.
        trunk: ``trunk(image, drop_path=…)`` maps a normalised image to features.
        scheme: The layer of ``zoo.layers`` that the blocks are.
        drop_path: Stochastic depth of the trunk; ``None`` for a ``trunk(image)`` that knows none.
        settings: Keywords that change the function but not the weights, such as those of a solver. A checkpoint
            records them; any others load it as well.
    """

    name: str
    architecture: dict
    trunk: Callable
    scheme: type
    drop_path: float | None = 0.0
    settings: dict = dataclasses.field(default_factory=dict)


def application(describe=None, *, pictures=_network.CIFAR10):
    """The application of a function that takes keywords of its own and describes a ``Network``.

    It takes ResNet50's arguments in their order, then those keywords, and returns a functional model. Its
    attributes ``describe`` and ``pictures`` are the function itself and what pictures the network is for, which also
    say the defaults of ``weights``, ``input_shape`` and ``classes``.
    """
    if describe is None:
        return functools.partial(application, pictures=pictures)

    @functools.wraps(describe)
    def build(
        include_top=True,
        weights=pictures.tag,
        input_tensor=None,
        input_shape=None,
        pooling=None,
        classes=pictures.classes,
        classifier_activation="softmax",
        name=None,
        **keywords,
    ):
        network = describe(**keywords)
        network = dataclasses.replace(network, name=name or network.name)
        head = _network.Head(include_top, pooling, classes, classifier_activation)
        source = _weights.resolve(weights, describe.__name__, network.architecture, network.settings)
        return _model(network, head, source, input_tensor, input_shape, pictures)

    common = list(inspect.signature(build, follow_wrapped=False).parameters.values())[:-1]
    own = inspect.signature(describe).parameters.values()
    build.__signature__ = inspect.Signature([*common, *own])  # type: ignore[attr-defined]
    build.describe, build.pictures = describe, pictures  # type: ignore[attr-defined]
    return build


def variant(function, name, **fixed):
    """The application with some keywords fixed, as a function of its own name and signature."""

    def build(*args, **kwargs):
        return function(*args, **fixed, **kwargs)

    left = [each for key, each in inspect.signature(function).parameters.items() if key not in fixed]
    return _named(build, function, name, "", fixed, left)


def preset(function, name, **defaults):
    """The application with other defaults of some keywords, as a function of its own name and signature."""

    def build(*args, **kwargs):
        return function(*args, **{**defaults, **kwargs})

    parameters = inspect.signature(function).parameters.items()
    changed = [each.replace(default=defaults.get(key, each.default)) for key, each in parameters]
    return _named(build, function, name, " by default", defaults, changed)


def _named(build, function, name, how, keywords, parameters):
    """``build`` as a function of its own that wraps the application ``function``."""
    build = functools.wraps(function)(build)
    build.__name__ = build.__qualname__ = name
    given = ", ".join(f"{key}={value!r}" for key, value in keywords.items())
    build.__doc__ = f"``{function.__name__}({given})``{how}; see ``{function.__name__}`` for the arguments."
    build.__signature__ = inspect.signature(function).replace(parameters=parameters)
    return build


def _model(network, head, source, input_tensor, input_shape, pictures):
    """The functional model of a network, with the weights of ``source`` if there is one."""

    def functional(image, head, drop_path):
        known = {} if network.drop_path is None else {"drop_path": drop_path}
        return _network.model(functools.partial(network.trunk, **known), image, head, network.name, pictures)

    released = isinstance(source, Checkpoint)
    filed = _weights.head_in(source, head)
    if released and filed == head:
        _weights.check_activation(head)
    image = _network.image_input(input_tensor, input_shape, pictures)
    model = functional(image, head, network.drop_path)
    if source is None:
        return model
    if filed == head and input_tensor is None and not (released and network.drop_path):
        return _weights.load(model, source)
    # Otherwise the file fits a network of its own, whose layers of the same names are copied: released
    # files know no stochastic depth, and layers before input_tensor would shift the names in a file.
    original = functional(keras.Input(image.shape[1:]), filed, 0.0 if released else network.drop_path)
    _weights.transfer(_weights.load(original, source), model, skip=filed != head)
    if head.include_top and filed != head:
        logging.getLogger("zoo").warning(
            "%s: the trunk is %s's (%d classes); the head for %d classes is new and untrained.",
            *(network.name, source.name, filed.classes, head.classes),
        )
    return model
