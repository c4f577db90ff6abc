"""Densities: the logarithm of a probability density at points, conditioned or not."""

import dataclasses
import inspect
from typing import Any

import keras

from zoo import _check
from zoo.applications import resolution
from zoo.applications.application import Application, Network

DOCUMENTATION = {
    "weights": """``None`` (random), a tag such as ``"{tag}"`` (the default), the NAME of a release
        (``zoo.list_models(task="density", pretrained=True)``), a path or a location, as of the
        classifiers.""",
    "event_shape": "The shape of a point, without the batch axis. Defaults to ``{shape}``.",
    "condition": """The shape of what the density is conditioned on, without the batch axis. Defaults to ``None``: it is
        conditioned on nothing.""",
    "name": "Name of the model; layers have fixed names. Defaults to that of the variant.",
}

RETURNS = """Returns:
    A functional ``keras.Model``. Input: points, ``(batch, {shape})`` by default; with a ``condition`` the list of
    points and conditions. Output: the logarithm of their density, in nats, ``(batch,)``."""

RAISES = """Raises:
    ValueError: An argument does not fit, there are no such weights, or a file does not fit the network.
    FileNotFoundError: ``weights`` is the path of no file.
    zoo.weights.WeightsError: A released file cannot be had intact."""

EXAMPLE = """Example:
    >>> model = zoo.applications.{name}(weights=None)
    >>> points = np.random.default_rng(0).normal(size=(2, {shape}))
    >>> model.predict(points, verbose=0).shape
    (2,)"""


@dataclasses.dataclass(frozen=True)
class DensityTask:
    """Networks that are a probability density on points of ``event_shape``, such as those of a data set.

    The trunk of such a network is ``trunk(x, condition)``: symbolic points and, or ``None``, conditions to log p(x), in
    nats.
    """

    dataset: str
    event_shape: tuple[int, ...]
    kind = "density"

    def parameters(self) -> list[inspect.Parameter]:
        """The arguments that all densities have, in their order."""
        rows = [
            ("weights", "str | os.PathLike | None", self.dataset),
            ("event_shape", "tuple[int, ...]", self.event_shape),
            ("condition", "tuple[int, ...] | None", None),
            ("name", "str | None", None),
        ]
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        return [inspect.Parameter(name, kind, annotation=note, default=value) for name, note, value in rows]

    def documentation(self) -> dict[str, str]:
        """What the arguments mean, by name."""
        values = {"tag": self.dataset, "shape": self.event_shape}
        return {name: text.format(**values) for name, text in DOCUMENTATION.items()}

    def closing(self, name: str) -> list[str]:
        """What such a model takes and returns, which errors there are, and an example."""
        shape = ", ".join(map(str, self.event_shape))
        return [text.format(shape=shape, name=name) for text in (RETURNS, RAISES, EXAMPLE)]

    def build(self, application: Application, network: Network, arguments: dict[str, Any]) -> keras.Model:
        """The functional model from points to log densities, with the weights that are asked for."""
        shapes = [_shape(arguments["event_shape"], "event_shape")]
        if arguments["condition"] is not None:
            shapes.append(_shape(arguments["condition"], "condition"))
        source = resolution.resolve(arguments["weights"], application, network)
        inputs = [keras.Input(shape, name=name) for shape, name in zip(shapes, ("x", "condition"), strict=False)]
        outputs = network.trunk(*inputs) if len(inputs) == 2 else network.trunk(inputs[0], None)
        name = arguments["name"] or application.name_of(network)
        model = keras.Model(inputs if len(inputs) == 2 else inputs[0], outputs, name=name)
        if source is not None:
            source.load_into(model, skip=lambda key: False)
        return model


def _shape(value, name):
    if not isinstance(value, (tuple, list)) or not value:
        raise ValueError(f"{name} must be a tuple of positive integers, such as (2,). Received: {name}={value!r}.")
    return tuple(_check.integer(side, name) for side in value)
