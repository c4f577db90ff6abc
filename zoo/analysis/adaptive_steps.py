"""What adaptive steps do: evaluations of the field, steps and their size, layer by layer."""

import dataclasses
from typing import Any

import keras
import numpy as np

from zoo.analysis.step_states import at_steps


@dataclasses.dataclass(frozen=True)
class Work:
    """What the solve of one layer took for some pictures.

    Attributes:
        layer: The name of the layer.
        evaluations: Of its field: NFE.
        accepted, rejected: Steps; means over the samples where each has its own.
        step_size: Length of the interval over the number of accepted steps, in units of t; NaN for a solver that counts
            no steps.
    """

    layer: str
    evaluations: int
    accepted: float
    rejected: float
    step_size: float


def solver_work(model: keras.Model, images: Any) -> list[Work]:
    """``h̄ = |t₁ − t₀| / n``: NFE and the n accepted steps of every layer whose steps adapt, on one batch.

    Args:
        model: A functional model, such as ``zoo.applications.ODENetCIFAR``.
        images: Pictures for the model, ``(n, height, width, channels)``; without ``per_sample`` they share the steps.

    Raises:
        ValueError: The model is not functional, or has no layer whose steps adapt.
    """
    found = at_steps(model, images, "solver_work", lambda layer: layer.evaluations is None, "whose steps adapt")
    return [_work(layer, layer.integrate(u)) for layer, (u,), _ in found]


def _work(layer: Any, solution: Any) -> Work:
    accepted = np.asarray(solution.accepted, "float64")
    sizes = np.divide(layer.length, accepted, out=np.full_like(accepted, np.nan), where=accepted > 0)
    return Work(
        layer.name,
        int(solution.evaluations),
        float(accepted.mean()),
        float(np.mean(solution.rejected)),
        float(sizes.mean()),
    )
