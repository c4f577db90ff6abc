"""The dial between accuracy and work of a trained flow: one row a method."""

import dataclasses
from collections.abc import Sequence

import keras
import numpy as np

from zoo.analysis import accuracy as accuracies
from zoo.analysis.rediscretization import rediscretize
from zoo.layers import Scheme


@dataclasses.dataclass(frozen=True)
class Setting:
    """A method to integrate with: a tableau with so many equal steps, or with steps that adapt to a tolerance."""

    solver: str
    steps: int | None = None
    tolerance: float = 1e-3

    def __str__(self) -> str:
        grid = f"{self.steps} step(s)" if self.steps else f"rtol = atol = {self.tolerance:.0e}"
        return f"{self.solver}, {grid}"

    def of(self, model: keras.Model) -> keras.Model:
        """The model under this method."""
        return rediscretize(model, self.solver, self.steps, self.tolerance, self.tolerance)


SETTINGS = (
    *(Setting("euler", steps) for steps in (1, 2, 4, 8)),
    *(Setting("midpoint", steps) for steps in (1, 2, 4)),
    *(Setting("rk4", steps) for steps in (1, 2, 4)),
    *(Setting("dopri5", tolerance=tolerance) for tolerance in (1e-1, 1e-2, 1e-3, 1e-4, 1e-5)),
)
"""The table that ``zoo show NAME --dial`` prints."""


@dataclasses.dataclass(frozen=True)
class Row:
    """A model under one method.

    Attributes:
        setting: The method.
        evaluations: Of all fields, for the first batch.
        change: Norm of the change of the outputs over the norm of those of the model as it is.
        accuracy: In %, ``None`` without labels.
    """

    setting: Setting
    evaluations: float
    change: float
    accuracy: float | None


def dial(
    model: keras.Model,
    images: np.ndarray,
    labels: np.ndarray | None = None,
    settings: Sequence[Setting] = SETTINGS,
    batch_size: int = 100,
) -> list[Row]:
    """What a model whose stages are flows answers, and how much work it is, under a table of methods.

    Args:
        model: As for ``zoo.rediscretize``.
        images: Raw pictures, ``(n, height, width, channels)``.
        labels: Class numbers, ``(n,)`` or ``(n, 1)``. Defaults to ``None``.
        settings: The methods. Defaults to ``SETTINGS``.
        batch_size: Pictures at once. Without ``per_sample`` the adaptive steps are those of the batch.

    Raises ``ValueError`` as ``zoo.rediscretize``, ``RuntimeError`` for adaptive steps without TensorFlow.
    """
    labels = None if labels is None else accuracies.class_numbers(labels, len(images))
    own = model.predict(images, batch_size, verbose=0)
    rows = []
    for setting in settings:
        other = setting.of(model)
        values = other.predict(images, batch_size, verbose=0)
        accuracy = None if labels is None else 100 * float(np.mean(accuracies.right(values, labels)))
        change = float(np.linalg.norm(values - own) / np.linalg.norm(own))
        rows.append(Row(setting, evaluations(other, images[:batch_size], batch_size), change, accuracy))
    return rows


def evaluations(model: keras.Model, images: np.ndarray, batch_size: int = 100) -> float:
    """Evaluations of the fields of a model's steps in a forward pass of a batch: a mean over the batches of the images.

    Args:
        model: A functional model with layers of ``zoo.layers`` that step through time.
        images: Raw pictures, ``(n, height, width, channels)``.
        batch_size: Pictures at once, which share adaptive steps. Defaults to ``100``.
    """
    stages = [layer for layer in model.layers if isinstance(layer, Scheme)]
    fixed = sum(stage.evaluations for stage in stages if stage.evaluations is not None)
    flows = [stage for stage in stages if stage.evaluations is None]
    if not flows:
        return float(fixed)
    before = [keras.layers.Identity()(flow.input) for flow in flows]  # which may be the model's input itself
    states = keras.Model(model.input, before)
    counts = []
    for start in range(0, len(images), batch_size):
        values = states(images[start : start + batch_size], training=False)
        pairs = zip(flows, values if len(flows) > 1 else [values], strict=True)
        counts.append(sum(flow.count(u) for flow, u in pairs))
    return fixed + float(np.mean(counts))
