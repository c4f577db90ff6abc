"""What an application is: a network by its keywords, and the arguments that its task adds. The registry of all."""

import dataclasses
import inspect
import typing
from collections.abc import Callable
from typing import Any, Protocol

import keras

from zoo.applications import documentation


@dataclasses.dataclass(frozen=True)
class Network:
    """What an application says of its network; everything else is the same for all of a task.

    Attributes:
        architecture: The keywords that select a checkpoint: those that shape the weights or give them their meaning.
        trunk: What the task asks for: of a classifier ``trunk(image)``, the features of a normalised image; of a
            density ``trunk(event_shape, classes)``, the transforms of a flow.
        scheme: The layer of ``zoo.layers`` that the blocks are.
        settings: Keywords that any checkpoint of the architecture goes with, such as those of a solver; a release
            records them.
        twin: The network of Keras that has the same weights, if there is one: its files are taken, too.
        elsewhere: What weights exist in public and why they are not released here, in whole sentences, for who asks for
            weights in vain.
    """

    architecture: dict[str, Any]
    trunk: Callable[..., Any]
    scheme: type[keras.layers.Layer]
    settings: dict[str, Any] = dataclasses.field(default_factory=dict)
    twin: "Twin | None" = None
    elsewhere: str = ""


@dataclasses.dataclass(frozen=True)
class Twin:
    """A network of ``keras.applications`` with the weights of one of ours.

    Attributes:
        build: ``build(weights=None, include_top=…, classes=…)`` gives it.
        layout: How its arrays become ours: a name of ``zoo.weights.convert.LAYOUTS``.
    """

    build: Callable[..., keras.Model]
    layout: str


class Task(Protocol):
    """What the networks of a kind have in common: their arguments, and how a model is built from them."""

    @property
    def kind(self) -> str:
        """``"classifier"`` or ``"density"``."""

    @property
    def dataset(self) -> str:
        """The name of the data set that the networks are for by default, and so the tag of their usual weights."""

    @property
    def datasets(self) -> tuple[str, ...]:
        """The names of all data sets that the networks are for."""

    def parameters(self) -> list[inspect.Parameter]:
        """The common arguments, in their order, with their defaults."""

    def documentation(self) -> dict[str, str]:
        """What the common arguments mean, by name."""

    def closing(self, name: str) -> list[str]:
        """What the docstring of the application of that name says after its arguments: results, errors, an example."""

    def build(self, application: "Application", network: Network, arguments: dict[str, Any]) -> keras.Model:
        """The model of a network by the common arguments."""


@typing.final
@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Application:
    """A network with a name: call it for a model, as ``keras.applications.ResNet50``.

    Attributes:
        name: In ``zoo.applications``: ``"ResNet20"``.
        slug: In the NAMEs of checkpoints: ``"resnet20"``.
        network: The function of the network's own keywords that describes it; one that names a common argument sees
            it, too.
        task: The common arguments.
        fixed: Own keywords that are not to be given.
        defaults: Other defaults of own keywords than the function's.
        family: The application that this is a variant of; ``None`` for one of its own.
        listed: Whether ``zoo.list_models`` shows it: a family of variants is not shown, they are.
    """

    name: str
    slug: str
    network: Callable[..., Network]
    task: Task
    fixed: dict[str, Any] = dataclasses.field(default_factory=dict)
    defaults: dict[str, Any] = dataclasses.field(default_factory=dict)
    family: "Application | None" = None
    listed: bool = True

    def __post_init__(self) -> None:
        common = {each.name for each in self.task.parameters()}
        own = [
            each.replace(default=self.defaults.get(each.name, each.default))
            for each in inspect.signature(self.network).parameters.values()
            if each.name not in self.fixed and each.name not in common
        ]
        signature = inspect.Signature([*self.task.parameters(), *own], return_annotation=keras.Model)
        object.__setattr__(self, "__signature__", signature)
        object.__setattr__(self, "__name__", self.name)
        object.__setattr__(self, "__doc__", documentation.of(self))
        _register(self)

    def __call__(self, *arguments: Any, **keywords: Any) -> keras.Model:
        """The model: the common arguments in their order, then the network's own by keyword."""
        try:
            given = inspect.signature(self).bind(*arguments, **keywords)
        except TypeError as error:
            raise TypeError(f"{self.name}: {error}. Expected: {self!r}.") from None
        given.apply_defaults()
        common = {each.name: given.arguments[each.name] for each in self.task.parameters()}
        named = inspect.signature(self.network).parameters
        own = {name: value for name, value in given.arguments.items() if name in named or name not in common}
        return self.task.build(self, self.describe(**own), common)

    def describe(self, **own: Any) -> Network:
        """The ``Network`` that these own keywords mean; raises ``ValueError`` for values that do not fit."""
        return self.network(**{**self.defaults, **self.fixed, **own})

    def variant(self, name: str, slug: str, **keywords: Any) -> "Application":
        """A further application of the family, registered under a name and a slug of its own.

        Keywords that select a checkpoint are fixed in it; settings are defaults that a call may change.
        """
        settings = self.describe(**keywords).settings
        fixed = {key: value for key, value in keywords.items() if key not in settings}
        defaults = {key: value for key, value in keywords.items() if key in settings}
        return dataclasses.replace(
            self, name=name, slug=slug, fixed=fixed, defaults=defaults, family=self.root, listed=True
        )

    @property
    def root(self) -> "Application":
        """The family, or the application itself if it is no variant."""
        return self.family or self

    def name_of(self, network: Network) -> str:
        """The name of a model: the slug of the variant that it is; else the family's, with what tells it apart."""
        alike = [self, *(other for other in registered().values() if other.root is self.root)]
        for each in alike:
            if each.listed and each.describe().architecture == network.architecture:
                return each.slug
        usual = self.root.describe().architecture
        parts = [f"{key}{_plain(value)}" for key, value in network.architecture.items() if value != usual[key]]
        return "_".join([self.root.slug, *parts])

    def __repr__(self) -> str:
        shown = [
            each.replace(annotation=inspect.Parameter.empty) for each in inspect.signature(self).parameters.values()
        ]
        return f"{self.name}{inspect.Signature(shown)}"


def _plain(value):
    """A value as a part of a name."""
    return "_".join(map(str, value)) if isinstance(value, (list, tuple)) else value


_REGISTRY: dict[str, Application] = {}


def _register(application: Application) -> None:
    slugs = {each.slug for each in _REGISTRY.values()}
    if application.name in _REGISTRY or application.slug in slugs:
        raise ValueError(
            f"There is an application {application.name} or one whose checkpoints begin with {application.slug!r} "
            "already. Choose another name."
        )
    _REGISTRY[application.name] = application


def registered() -> dict[str, Application]:
    """Every application by its name in ``zoo.applications``, families and variants."""
    return dict(_REGISTRY)


def application(slug: str, task: Task, listed: bool = False) -> Callable[[Callable[..., Network]], Application]:
    """Make the decorated function, which describes a network by keywords of its own, an ``Application``.

    Args:
        slug: With which the NAMEs of its checkpoints begin.
        task: What its models are for, such as ``zoo.applications.classifier.ClassifierTask(CIFAR10)``.
        listed: Whether it is a model by itself, not only a family of variants. Defaults to ``False``.
    """

    def decorate(network: Callable[..., Network]) -> Application:
        return Application(network.__name__, slug, network, task, listed=listed)

    return decorate
