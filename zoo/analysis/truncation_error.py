"""Where depth pays: the truncation error of a trained network, seen as an integrator, stage by stage."""

import dataclasses
import re

import keras
import numpy as np

from zoo import _check
from zoo.layers import Scheme

BATCH = 32
"""Pictures whose states are held at once."""


@dataclasses.dataclass(frozen=True)
class Truncation:
    """The truncation error of one layer that steps through time.

    Attributes:
        layer: Its name; stage: the number in it, 0 if there is none.
        steps: Steps that the layer takes.
        error: Norm of (one step of h − two of h/2) over the norm of the new state; for a layer of several steps, of
            them all.
        movement: Norm of the change of the state over the norm of the new state.
    """

    layer: str
    stage: int
    steps: int
    error: float
    movement: float


def truncation(model: keras.Model, images: np.ndarray) -> list[Truncation]:
    """``‖Φ_h(u) − Φ_{h/2}(Φ_{h/2}(u))‖ / ‖Φ_h(u)‖`` for every step of a model, at the states of pictures.

    It is the error estimate by which an adaptive integrator chooses its step: a stage with a large one gains by more
    and smaller steps (``refine``), one with a small one would be the same with fewer. The first half of a
    ``LinearMultistep`` takes the mean of u and u⁻ for the state half a step before.

    Source: step doubling, Hairer, Nørsett and Wanner, "Solving Ordinary Differential Equations I" (1993), §II.4; for
    networks, E, "A Proposal on Machine Learning via Dynamical Systems" (2017).

    Args:
        model: A functional model with layers of ``zoo.layers`` that step through time.
        images: Pictures for the model, ``(n, height, width, channels)``.

    Raises:
        ValueError: The model is not functional, has no such layers or computes them in half precision, or one of them
            cannot be halved and says why.

    Example:

    >>> import numpy as np, zoo.analysis, zoo.applications
    >>> model = zoo.applications.ResNet(depth=8, weights=None)
    >>> [row] = zoo.analysis.truncation(model, np.full((1, 32, 32, 3), 128.0))
    >>> row.layer, row.steps, bool(row.error > 0)
    ('stage1_block1', 1, True)
    """
    _check.functional(model, "truncation")
    pairs = [(layer, layer.halved()) for layer in model.layers if isinstance(layer, Scheme)]
    if not pairs:
        raise ValueError(
            "The truncation error is that of steps, such as those of zoo.applications.ResNet(). "
            f"Received: {model.name}, which has none."
        )
    for layer, _ in pairs:
        if keras.backend.standardize_dtype(layer.compute_dtype) in ("float16", "bfloat16"):
            raise ValueError(
                f"{layer.name} computes in {layer.compute_dtype}, whose rounding is larger than the error of a step. "
                "Build the model in float32 and load the weights into it."
            )
    tensors = [tensor for layer, _ in pairs for tensor in (*_inputs(layer), layer.output)]
    states = keras.Model(model.input, tensors)
    squares = np.zeros((len(pairs), 3))
    for start in range(0, len(images), BATCH):
        values = iter(states.predict_on_batch(images[start : start + BATCH]))
        for row, (layer, step) in zip(squares, pairs, strict=True):
            row += _squares(layer, step, [next(values) for _ in _inputs(layer)], next(values))
    return [_truncation(layer, *np.sqrt(row)) for (layer, _), row in zip(pairs, squares, strict=True)]


def by_stage(errors: list[Truncation]) -> dict[int, tuple[int, float]]:
    """For each stage its number of steps and the sum of the errors of its layers."""
    stages: dict[int, tuple[int, float]] = {}
    for each in errors:
        steps, total = stages.get(each.stage, (0, 0.0))
        stages[each.stage] = (steps + each.steps, total + each.error)
    return stages


def _squares(layer, step, inputs, output):
    """Sums of squares of the error, of the change of the state and of the new state."""
    u, before = inputs[0], sum(inputs) / 2 if len(inputs) > 1 else None
    if not all(each.built for each in step.layers):
        step(u[:1], None if before is None else before[:1])  # builds it
        step.fill()
    finer = keras.ops.convert_to_numpy(step(u, before)[0])
    return [float(np.sum(np.square(array, dtype="float64"))) for array in (finer - output, output - u, output)]


def _truncation(layer, error, movement, norm):
    stage = re.match(r"stage(\d+)", layer.name)
    return Truncation(
        layer=layer.name,
        stage=int(stage[1]) if stage else 0,
        steps=layer.steps,
        error=error / norm,
        movement=movement / norm,
    )


def _inputs(layer):
    return layer.input if isinstance(layer.input, list) else [layer.input]
