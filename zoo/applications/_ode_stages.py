"""Stages that are flows of one field: how they are integrated, and where the width changes."""

import dataclasses

import keras

from zoo import _check
from zoo.layers import ODE, RungeKutta, group_norm, time_branch
from zoo.layers.fields.time_convolution import like_torch
from zoo.numerics import TABLEAUS


@dataclasses.dataclass(frozen=True)
class Integration:
    """How the stages u' = f(t, u), 0 ≤ t ≤ 1, of a network are integrated.

    Attributes:
        solver: Name of a tableau.
        steps: Number of equal steps; ``None`` adapts them to the tolerances.
        rtol, atol: Tolerances of an adaptive step.
        per_sample: Whether adaptive steps are each picture's own.
        max_steps: Most attempts at adaptive steps; ``None`` leaves it to the layer.

    Raises ``ValueError`` if there is no such tableau or ``steps`` or ``max_steps`` is neither ``None`` nor a
    positive integer.
    """

    solver: str
    steps: int | None
    rtol: float
    atol: float
    per_sample: bool
    max_steps: int | None

    def __post_init__(self):
        _check.known(self.solver, TABLEAUS, "solver")
        for name in ("steps", "max_steps"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, _check.integer(getattr(self, name), name))

    @property
    def settings(self) -> dict:
        """The keywords of the application."""
        return dataclasses.asdict(self)

    @property
    def scheme(self) -> type:
        """The layer: an equidistant grid needs no ``ODE`` layer, and runs on every backend."""
        return RungeKutta if self.steps else ODE

    def stage(self, f, name, augment=0):
        """The layer of a field."""
        if self.steps and not augment:
            return RungeKutta(f, self.solver, 1 / self.steps, self.steps, name=name)
        return ODE(f, augment=augment, name=name, **self.settings)


def ode_stages(u, widths, integration, augment=0):
    """A stage of each width; before every one but the first, GN, ReLU and a 3×3 convolution of stride 2."""
    for stage, width in enumerate(widths, start=1):
        if stage > 1:
            u = transition(u, width, name=f"stage{stage}_transition")
        f = time_branch(width + augment, zero=True, name=f"stage{stage}_f")
        u = integration.stage(f, f"stage{stage}", augment)(u)
    return norm_relu(u, "head")


def transition(u, filters, name, size=3):
    """GN, ReLU, then a convolution of stride 2, padded symmetrically by 1."""
    return convolution(norm_relu(u, name), filters, size, 2, 1, name=name)


def norm_relu(u, name):
    """Group normalization and ReLU, called ``<name>_norm`` and ``<name>_relu``."""
    return keras.layers.ReLU(name=f"{name}_relu")(group_norm(u.shape[-1], name=f"{name}_norm")(u))


def convolution(u, filters, size, strides=1, padding=0, bias=False, name=None):
    """A convolution with PyTorch's padding and initial kernel."""
    if padding:
        u = keras.layers.ZeroPadding2D(padding, data_format="channels_last", name=f"{name}_padding")(u)
    layer = keras.layers.Conv2D(
        *(filters, size, strides),
        use_bias=bias,
        data_format="channels_last",
        kernel_initializer=like_torch(),
        name=name,
    )
    return layer(u)
