"""Where depth pays: the truncation error of a trained network, seen as an integrator, stage by stage."""

import dataclasses
import re

import keras
import numpy as np

from zoo.layers import LinearMultistep, Reversible
from zoo.layers._two_step_run import TwoStepRun
from zoo.training.halving import halves


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


def truncation(model, images) -> list[Truncation]:
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
        ValueError: The model has no such layers, or a single step takes time.
    """
    pairs = [(layer, step) for layer in model.layers if (step := halves(layer)) is not None]
    if not pairs:
        raise ValueError(
            "The truncation error is that of steps, such as those of zoo.applications.ResNet(). "
            f"Received: {model.name}, which has none."
        )
    tensors = [tensor for layer, _ in pairs for tensor in (*_inputs(layer), layer.output)]
    values = iter(keras.Model(model.input, tensors).predict(images, verbose=0))
    return [_compared(layer, step, [next(values) for _ in _inputs(layer)], next(values)) for layer, step in pairs]


def by_stage(errors: list[Truncation]) -> dict[int, tuple[int, float]]:
    """For each stage its number of steps and the sum of the errors of its layers."""
    stages: dict[int, tuple[int, float]] = {}
    for each in errors:
        steps, total = stages.get(each.stage, (0, 0.0))
        stages[each.stage] = (steps + each.steps, total + each.error)
    return stages


def _compared(layer, step, inputs, output):
    u, before = inputs[0], sum(inputs) / 2 if isinstance(layer, LinearMultistep) else None
    step(u[:1], None if before is None else before[:1])  # builds it
    step.fill()
    finer = keras.ops.convert_to_numpy(step(u, before)[0])
    stage = re.match(r"stage(\d+)", layer.name)
    return Truncation(
        layer=layer.name,
        stage=int(stage[1]) if stage else 0,
        steps=_count(layer),
        error=_norm(finer - output) / _norm(output),
        movement=_norm(output - u) / _norm(output),
    )


def _inputs(layer):
    return layer.input if isinstance(layer.input, list) else [layer.input]


def _count(layer):
    if isinstance(layer, Reversible):
        return len(layer.units)
    return len(layer.fields) if isinstance(layer, TwoStepRun) else getattr(layer, "steps", 1)


def _norm(array):
    return float(np.linalg.norm(np.asarray(array, "float64")))
