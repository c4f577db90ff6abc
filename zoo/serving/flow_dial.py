"""What few steps do to the samples of a flow of pictures: other solvers, the same weights."""

from collections.abc import Sequence
from typing import NamedTuple

import keras
import numpy as np

from zoo.analysis import picture_quality
from zoo.analysis.picture_quality import Quality
from zoo.data.datasets import Dataset
from zoo.serving import sampling

SETTINGS = (
    ("euler", 1),
    ("euler", 2),
    ("euler", 4),
    ("midpoint", 2),
    ("euler", 8),
    ("midpoint", 4),
    ("rk4", 2),
    ("euler", 16),
    ("midpoint", 8),
    ("rk4", 4),
    ("midpoint", 16),
    ("midpoint", 50),
)
"""Solvers and their equal steps, from 1 to 100 evaluations; the last is what the others are compared with."""


class Row(NamedTuple):
    """What a setting does.

    Attributes:
        way: How the samples are made.
        nfe: Evaluations of the field for each, those of guidance counted twice.
        change: How far they are from those of the last setting, root of the mean square in grey levels.
        quality: What they are worth; ``None`` without a data set.
    """

    way: sampling.Way
    nfe: int
    change: float
    quality: Quality | None


def dial(
    model: keras.Model,
    guidance: float | tuple[float, float, float] = 1.0,
    count: int = 4,
    seed: int = 0,
    dataset: Dataset | None = None,
    classifier: keras.Model | None = None,
    settings: Sequence[tuple[str, int]] = SETTINGS,
) -> list[Row]:
    """The samples of a flow of pictures from the same noise under each setting.

    Args:
        model: A ``zoo.flows.FlowModel`` of pictures with classes.
        guidance: See ``sampling.Way``. Defaults to ``1.0``.
        count: Samples of each class. Defaults to ``4``.
        seed: The seed of the noise. Defaults to ``0``.
        dataset: The pictures that the flow is of, to measure the quality. Defaults to ``None``.
        classifier: Beside a data set, what names them (``zoo.analysis.picture_quality.measure``).
        settings: Solvers and steps; the last is the reference. Defaults to ``SETTINGS``.

    Raises:
        ValueError: The model cannot be sampled or knows no classes, or a solver is unknown.
    """
    flow = sampling.check(model)
    wanted = sampling.wanted(flow, None, count * (flow.classes or 1))
    ways = [sampling.Way(solver, steps, guidance, seed) for solver, steps in settings]
    made = [sampling.pictures(flow, wanted, way) for way in ways]
    reference = made[-1].pictures.astype("float64")
    rows = []
    for way, each in zip(ways, made, strict=True):
        measured = None
        if dataset is not None and classifier is not None:
            measured = picture_quality.measure(each.pictures, wanted, dataset, classifier)
        change = float(np.sqrt(np.mean((each.pictures - reference) ** 2)))
        rows.append(Row(way, each.nfe, change, measured))
    return rows
