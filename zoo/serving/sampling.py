"""Pictures out of a flow: samples of classes, measured and laid out."""

import io
import os
import pathlib
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import keras
import numpy as np
from PIL import Image

from zoo import _check
from zoo.analysis import picture_quality
from zoo.analysis.picture_quality import Quality
from zoo.data import files
from zoo.data.datasets import DATASETS, Dataset
from zoo.flows import FlowModel


class Way(NamedTuple):
    """How samples are made: ``steps`` equal ones of a solver, or adaptive ones where it is ``None``; how much the class
    is exaggerated, or a ``zoo.flows.Guidance``; and the seed of the noise."""

    solver: str | None = None
    steps: int | None = None
    guidance: float | tuple[float, float, float] = 1.0
    seed: int = 0


class Made(NamedTuple):
    """Pictures, uint8 ``(n, height, width, channels)``, and the evaluations of the field that each took, those of
    guidance counted twice."""

    pictures: np.ndarray
    nfe: int


def pictures(
    model: keras.Model,
    wanted: Any,
    way: Way = Way(),  # noqa: B008
    track: Callable[[Iterable], Iterable] = iter,
    batch_size: int = 250,
) -> Made:
    """One sample of each of the classes that are wanted, as pictures.

    Args:
        model: A ``zoo.flows.FlowModel`` of pictures in [0, 256), such as ``zoo.applications.FlowNet``.
        wanted: Class numbers, ``(n,)``.
        way: How they are made.
        track: Goes over the batches, such as a progress bar.
        batch_size: Pictures at once. Defaults to ``250``.

    Raises:
        ValueError: The model cannot be sampled or its points are no pictures, or a class does not exist.
    """
    flow = check(model)
    wanted = np.asarray(wanted)
    noise = flow.base.sample(len(wanted), np.random.default_rng(way.seed))
    made, nfe = [], 0
    for start in track(range(0, len(wanted), batch_size)):
        part = slice(start, start + batch_size)
        given = {"condition": wanted[part], "guidance": way.guidance, "solver": way.solver, "steps": way.steps}
        values, evaluations = flow.sample(len(noise[part]), noise=noise[part], **given)
        made.append(np.clip(values, 0, 255).astype("uint8"))
        nfe = max(nfe, evaluations)
    return Made(np.concatenate(made), nfe)


def check(model: Any) -> FlowModel:
    """The model; raises ``ValueError`` unless it is a flow of pictures."""
    if not isinstance(model, FlowModel):
        raise ValueError(
            f"{model.name} cannot be sampled: it is no density. Expected a flow, such as flownet-mnist; zoo list shows "
            "which there are."
        )
    if len(model.event_shape) != 3:
        raise ValueError(
            f"The points of {model.name} are no pictures but of shape {model.event_shape}. Call its sample() instead."
        )
    return model


def wanted(flow: FlowModel, name: str | None, count: int) -> np.ndarray:
    """The class number of each of ``count`` samples: of the class of that name or number, or else of all in turn.

    Raises ``ValueError`` that names the nearest class if there is none of that name.
    """
    if flow.classes is None:
        raise ValueError(f"{flow.name} knows no classes. Call its sample() instead. Received: class {name}.")
    if name is None:
        return np.arange(count) % flow.classes
    row = DATASETS.get(flow.origin.get("arguments", {}).get("dataset", ""))
    numbers = {str(number): number for number in range(flow.classes)}
    names = {label: number for number, label in enumerate(row.labels)} if row and row.classes == flow.classes else {}
    return np.full(count, {**numbers, **names}[_check.known(name, {**names, **numbers}, f"class of {flow.name}")])


def quality(
    model: keras.Model,
    count: int,
    way: Way,
    dataset: Dataset,
    classifier: keras.Model,
    track: Callable[[Iterable], Iterable] = iter,
) -> tuple[Quality, int]:
    """What ``zoo.analysis.picture_quality`` measures of ``count`` samples of each class, and their evaluations."""
    wanted = np.tile(np.arange(len(dataset.classes)), _check.integer(count, "count", 2))
    made = pictures(model, wanted, way, track)
    return picture_quality.measure(made.pictures, wanted, dataset, classifier), made.nfe


def grid(images: np.ndarray, columns: int, scale: int = 2, gap: int = 2) -> Image.Image:
    """Pictures side by side, row by row, each pixel as a square of ``scale`` pixels.

    Args:
        images: uint8 ``(n, height, width, 1 or 3)``, at least one.
        columns: Pictures in a row.
        scale: Defaults to ``2``.
        gap: White pixels between them. Defaults to ``2``.
    """
    big = images.repeat(scale, axis=1).repeat(scale, axis=2)
    _, height, width, channels = big.shape
    rows = -(-len(big) // columns)
    whole = np.full((rows * (height + gap) + gap, columns * (width + gap) + gap, channels), 255, "uint8")
    for place, image in enumerate(big):
        top, left = gap + place // columns * (height + gap), gap + place % columns * (width + gap)
        whole[top : top + height, left : left + width] = image
    return Image.fromarray(whole[..., 0] if channels == 1 else whole)


def destination(path: str | os.PathLike[str]) -> pathlib.Path:
    """Where a PNG can be written; raises ``ValueError`` for another name, ``FileNotFoundError`` without its folder."""
    path = pathlib.Path(path).expanduser()
    if path.suffix != ".png":
        raise ValueError(f"Samples are written as PNG. Expected a name that ends in .png. Received: {path}.")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"There is no folder {path.parent} for {path.name}. Make it first.")
    return path


def save(image: Image.Image, path: str | os.PathLike[str]) -> pathlib.Path:
    """Write a picture as PNG, whole or not at all; returns the path. Raises as ``destination``, and ``OSError``."""
    path = destination(path)
    content = io.BytesIO()
    image.save(content, "png", optimize=True)
    files.write(path, content.getvalue())
    return path
