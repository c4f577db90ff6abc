"""Densities: flows of points, conditioned or not, of which log p and samples are to be had."""

import dataclasses
import inspect
from typing import Any

import keras

from zoo import _check
from zoo.applications import resolution
from zoo.applications.application import Application, Network
from zoo.flows import FlowModel
from zoo.weights.checkpoint import Density

RELEASED = "released"
"""What ``weights=`` says for the release of the data set."""

DOCUMENTATION = {
    "dataset": "The data set that the density is of: {datasets}. Defaults to ``{tag!r}``.",
    "weights": """``"released"`` (the default), the release for the data set; ``None`` (random), a tag such as
        ``"{tag}"``, the NAME of a release (``zoo.list_models(task="density", pretrained=True)``), a path or a location,
        as of the classifiers.""",
    "event_shape": """The shape of a point, without the batch axis. Defaults to ``None``: that of the data set,
        ``{shape}`` for ``{tag!r}``.""",
    "classes": """How many classes a point may be told to be of. Defaults to ``{classes}``{none}.""",
    "condition": """The shape of what the density is conditioned on beside a class, without the batch axis. Defaults to
        ``None``: it is conditioned on nothing.""",
    "name": "Name of the model; layers have fixed names. Defaults to that of the variant.",
}

RETURNS = """Returns:
    A ``zoo.flows.FlowModel``. Input: points, ``(batch, {shape})`` by default, or the list of points and conditions.
    Output: the logarithm of their density, in nats, ``(batch,)``. It has ``log_prob`` and ``sample``."""

RAISES = """Raises:
    ValueError: An argument does not fit, there are no such weights, or a file does not fit the network.
    FileNotFoundError: ``weights`` is the path of no file.
    zoo.weights.WeightsError: A released file cannot be had intact."""

EXAMPLE = """Example:
    >>> model = zoo.applications.{name}(weights=None)
    >>> model.sample(2, seed=0, solver="euler", steps=1).values.shape
    (2, {shape})"""


@dataclasses.dataclass(frozen=True)
class DensityTask:
    """Networks that are a probability density on the points of a data set.

    The trunk of such a network is ``trunk(event_shape, classes)``: the list of the transforms of a
    ``zoo.flows.FlowModel``.

    Attributes:
        events: The shape of a point of each data set; the first is the default.
        classes: How many classes a point is of, by default.
    """

    events: dict[str, tuple[int, ...]]
    classes: int | None = None
    kind = "density"

    @property
    def dataset(self) -> str:
        """The name of the data set that the networks are for by default."""
        return next(iter(self.events))

    @property
    def datasets(self) -> tuple[str, ...]:
        """The names of all data sets that the networks are for."""
        return tuple(self.events)

    def parameters(self) -> list[inspect.Parameter]:
        """The arguments that all densities have, in their order."""
        rows = [
            ("dataset", "str", self.dataset),
            ("weights", "str | os.PathLike | None", RELEASED),
            ("event_shape", "tuple[int, ...] | None", None),
            ("classes", "int | None", self.classes),
            ("condition", "tuple[int, ...] | None", None),
            ("name", "str | None", None),
        ]
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        return [inspect.Parameter(name, kind, annotation=note, default=value) for name, note, value in rows]

    def documentation(self) -> dict[str, str]:
        """What the arguments mean, by name."""
        values = {
            "tag": self.dataset,
            "datasets": ", ".join(f"``{name!r}``" for name in self.events),
            "shape": self.events[self.dataset],
            "classes": self.classes,
            "none": ": it is told nothing" if self.classes is None else "",
        }
        return {name: text.format(**values) for name, text in DOCUMENTATION.items()}

    def closing(self, name: str) -> list[str]:
        """What such a model takes and returns, which errors there are, and an example."""
        shape = ", ".join(map(str, self.events[self.dataset]))
        return [text.format(shape=shape, name=name) for text in (RETURNS, RAISES, EXAMPLE)]

    def build(self, application: Application, network: Network, arguments: dict[str, Any]) -> keras.Model:
        """The flow with the weights that are asked for."""
        dataset = _check.known(arguments["dataset"], self.events, "data set")
        shape, condition = arguments["event_shape"], arguments["condition"]
        shape = self.events[dataset] if shape is None else _shape(shape, "event_shape")
        condition = None if condition is None else _shape(condition, "condition")
        weights, classes = arguments["weights"], arguments["classes"]
        source = resolution.resolve(dataset if weights == RELEASED else weights, application, network)
        released = getattr(getattr(source, "checkpoint", None), "task", None)
        if isinstance(released, Density) and released.event_shape != shape:
            raise ValueError(
                f"The weights {source} are for points of shape {released.event_shape}. Received: event_shape={shape}. "
                "Build it with weights=None and train it, or leave event_shape out."
            )
        own = {"application": application.root.name, "keywords": {**network.architecture, **network.settings}}
        given = {"dataset": dataset, "event_shape": shape, "classes": classes, "condition": condition}
        model = FlowModel(
            network.trunk(shape, classes),
            shape,
            classes=classes,
            condition_shape=condition,
            origin={**own, "arguments": given, **({} if source is None else source.origin)},
            name=arguments["name"] or application.name_of(network),
        )
        if source is not None:
            source.load_into(model, skip=lambda key: False)
        return model


def _shape(value, name):
    if not isinstance(value, (tuple, list)) or not value:
        raise ValueError(f"{name} must be a tuple of positive integers, such as (2,). Received: {name}={value!r}.")
    return tuple(_check.integer(side, name) for side in value)
