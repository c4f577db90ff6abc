"""FFJORD: continuous normalising flows of vectors and pictures, in the published sizes."""

import dataclasses
from collections.abc import Callable
from typing import Any

import keras

from zoo import _check, flows
from zoo.applications import scales
from zoo.applications.application import Network, application
from zoo.applications.density import DensityTask
from zoo.data.toys import TOYS


@dataclasses.dataclass(frozen=True)
class Configuration:
    """The published size for a data set.

    Attributes:
        shape: Of a point.
        flows: How many flows, each with a field of its own; of pictures those before and those after a squeeze.
        hidden: Widths of the hidden layers of a field, or their channels.
        activation: Between them.
        end_time: At which the training of the end time starts; of pictures it is fixed.
        trace: With which it was trained.
        kind: How a layer sees the time.
    """

    shape: tuple[int, ...]
    flows: int
    hidden: tuple[int, ...]
    activation: str
    end_time: float = 1.0
    trace: str = "hutchinson"
    kind: str = "concatsquash"


TOY = Configuration((2,), 1, (64, 64, 64), "tanh", end_time=0.5, trace="exact")
CONFIGURATIONS = {
    **{name: TOY for name in TOYS},
    "power": Configuration((6,), 5, (60,) * 3, "tanh"),
    "gas": Configuration((8,), 5, (160,) * 3, "tanh"),
    "hepmass": Configuration((21,), 10, (210,) * 2, "softplus"),
    "miniboone": Configuration((43,), 1, (860,) * 2, "softplus"),
    "bsds300": Configuration((63,), 2, (1260,) * 3, "softplus"),
    "mnist": Configuration((28, 28, 1), 2, (64,) * 3, "softplus", kind="concat"),
    "cifar10": Configuration((32, 32, 3), 2, (64,) * 3, "softplus", kind="concat"),
}
"""The toys, the tabular sets and the multiscale flows of pictures of Grathwohl et al. (2018), table 4 and the authors'
code."""

_TASK = DensityTask({name: each.shape for name, each in CONFIGURATIONS.items()})


@application("ffjord", _TASK, listed=True)
def FFJORD(
    *,
    dataset: str = "8gaussians",
    blocks: int | None = None,
    hidden: tuple[int, ...] | None = None,
    activation: str | None = None,
    kind: str | None = None,
    trace: str | None = None,
    solver: str = "dopri5",
    rtol: float = 1e-5,
    atol: float = 1e-5,
    steps: int | None = None,
) -> Network:
    """``log p(x) = log N(z) − ∫ tr ∂f/∂u dt``, ``u' = f(t, u)``, ``u(0) = z``, ``u(T) = x``: FFJORD with trained T.

    The published sizes, by the data set: the toys one flow of three hidden layers of 64 (9,225 weights); power 43,325,
    gas 278,565, hepmass 546,850, miniboone 820,613, bsds300 6,698,666. The flows of the tabular sets come without the
    moving batch normalizations between them. Pictures, in pixels of [0, 256), are carried at several scales: two flows,
    a squeeze, two flows, and half of the channels go to the base, until the side is below eight; T is fixed at 1 (mnist
    800,636, cifar10 1,358,868). The last layer of a field starts at zero.

    Source: Grathwohl et al. (2018, arXiv:1810.01367), table 4, and the authors' code.

    Args:
        blocks: How many flows, of pictures before and after each squeeze. Defaults to ``None``: as published for the
            data set.
        hidden: Widths of the hidden layers of each field. Defaults to ``None``: as published.
        activation: ``"tanh"``, ``"softplus"`` or ``"swish"``. Defaults to ``None``: as published.
        kind: How a layer sees the time: ``"concatsquash"`` or ``"concat"``. Defaults to ``None``: as published, which
            for pictures is ``"concat"`` and nothing else.
        trace: ``"exact"`` or ``"hutchinson"``. Defaults to ``None``: as published, exact for the toys. Of hepmass and
            miniboone, whose fields have two hidden layers, the exact one costs no more; see ``zoo.flows.TimeMLP``.
        solver: The method of the flow; see ``zoo.flows.CNF``.
        rtol: Its relative tolerance.
        atol: Its absolute tolerance.
        steps: Equal steps instead of adaptive ones.
    """
    published = CONFIGURATIONS[_check.known(dataset, CONFIGURATIONS, "data set")]
    architecture: dict[str, Any] = {
        "blocks": _check.integer(published.flows if blocks is None else blocks, "blocks"),
        "hidden": [_check.integer(width, "hidden") for width in (published.hidden if hidden is None else hidden)],
        "activation": activation or published.activation,
        "kind": kind or published.kind,
    }
    settings: dict[str, Any] = {
        "trace": trace or published.trace,
        "solver": solver,
        "rtol": rtol,
        "atol": atol,
        "steps": steps,
    }

    ends = {"t1": published.end_time, "trainable_end_time": len(published.shape) == 1}
    return Network(architecture, _trunk(architecture, {**ends, **settings}), flows.CNF, settings)


def _trunk(architecture: dict[str, Any], options: dict[str, Any]) -> Callable[..., list[keras.layers.Layer]]:
    """The transforms as a function of the shape of a point and the number of classes; options are of each flow."""

    def trunk(event_shape, classes):
        def flow(name):
            return flows.CNF(_field(architecture, len(event_shape), classes), **options, name=name)

        if len(event_shape) == 3:
            return scales.of_pixels(event_shape[0], architecture["blocks"], flow)
        return [flow(f"flow{number}") for number in range(1, architecture["blocks"] + 1)]

    return trunk


def _field(architecture, axes, classes):
    """The field of a flow of points with so many axes."""
    hidden, activation = tuple(architecture["hidden"]), architecture["activation"]
    if axes == 1:
        return flows.TimeMLP(hidden, architecture["kind"], activation, classes=classes)
    if architecture["kind"] != "concat":
        raise ValueError("The convolutions of pictures see the time as one more channel. Expected: kind='concat'.")
    return flows.TimeConvNet(hidden, activation)
