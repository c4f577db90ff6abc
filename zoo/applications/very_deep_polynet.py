"""Very Deep PolyNet for pictures of ImageNet: backward Euler by a series of three terms, and sums of two fields."""

import dataclasses
import functools
import re
from collections.abc import Iterator
from typing import Any

import keras

from zoo import _check
from zoo.applications import _inception
from zoo.applications.application import Network, application
from zoo.applications.classifier import ClassifierTask
from zoo.applications.predictions import decode_predictions as decode_predictions
from zoo.applications.predictions import preprocess_input as preprocess_input
from zoo.data.datasets import IMAGENET
from zoo.layers import BackwardEuler, linear_rates, polynet_module

PICTURES = dataclasses.replace(IMAGENET, shape=(331, 331, 3))
SMALLEST = 75
"""Side of the smallest picture: one pixel is left of it."""
FIRST_SCALE, LAST_SCALE = 1.0, 0.7
"""The residual scaling of the first and the last module."""


@application("very_deep_polynet", ClassifierTask(PICTURES), listed=True)
def VeryDeepPolyNet(*, modules: str = "10-20-10", width: int = 32, drop_path: float = 0.0) -> Network:
    """``u⁺ = ReLU(u + s (F₁(u) + F₂(F₁(u)) + F₃(F₂(F₁(u)))))``: PolyNet for pictures of ImageNet, 331 pixels wide.

    The poly-3 modules are backward Euler by a series of three terms: F₁, F₂ and F₃ share the convolutions of their
    paths, and each has normalizations and a last 1×1 of its own, F₂ and F₃ also a ReLU before. They alternate in stages
    B and C with 2-way modules, u⁺ = ReLU(u + s (F(u) + G(u))), of which stage A has only those. The fields are those
    of Inception-ResNet; s falls from 1.0 in the first module to 0.7 in the last.

    Source: Zhang et al., "PolyNet: A Pursuit of Structural Diversity in Very Deep Networks" (2017, arXiv:1611.05725),
    §5, in the layout of the released model and of imgclsmob, whose weights are loaded. The dropout of 0.2 before the
    classifier, which acts in training alone, is left out.

    Args:
        modules: How many stages A, B and C have; those of B and C come in pairs. Defaults to ``"10-20-10"``.
        width: Channels of the first convolution; all others in proportion. Even. Defaults to ``32``.
        drop_path: Stochastic paths: rate at which the last module drops each of its terms, reached linearly from the
            first. Defaults to ``0.0``.
    """
    counts = _counts(modules)
    if _check.integer(width, "width") % 2:
        raise ValueError(f"width must be even, since some convolutions have 1.5 times as many. Received: {width}.")
    trunk = functools.partial(_trunk, counts, width, _check.rate(drop_path, "drop_path"))
    return Network({"modules": modules, "width": width}, trunk, BackwardEuler)


def _counts(modules: str) -> tuple[int, ...]:
    match = re.fullmatch(r"(\d+)-(\d+)-(\d+)", modules) if isinstance(modules, str) else None
    counts = tuple(map(int, match.groups())) if match else ()
    if not counts or min(counts) < 1 or counts[1] % 2 or counts[2] % 2:
        raise ValueError(
            "modules must be the numbers of three stages, the last two even, such as '10-20-10'. "
            f"Received: modules={modules!r}."
        )
    return counts


def _trunk(counts: tuple[int, ...], width: int, drop_path: float, image: Any) -> Any:
    if any(side is not None and side < SMALLEST for side in image.shape[1:3]):
        sides = "×".join(map(str, image.shape[1:3]))
        raise ValueError(f"VeryDeepPolyNet takes pictures from {SMALLEST}×{SMALLEST} pixels on. Received: {sides}.")
    u = _inception.stem(width)(image)
    scales = _scales(sum(counts))
    rates = iter(linear_rates(sum(counts), drop_path))
    for number, (kind, count) in enumerate(zip((_inception.A, _inception.B, _inception.C), counts, strict=True), 1):
        if number > 1:
            u = _inception.reduction(number, width, f"stage{number}_block1")(u)
        for module in range(count):
            poly, name = number > 1 and module % 2 == 0, f"stage{number}_block{module + (2 if number > 1 else 1)}"
            fields = _fields(kind, width, 3 if poly else 2, shared=poly)
            step = polynet_module(
                "poly-3" if poly else "2-way", fields, scale=next(scales), drop_path=next(rates), name=name
            )
            u = keras.layers.ReLU(name=f"{name}_relu")(step(u))
    return u


def _scales(count: int) -> Iterator[float]:
    """The residual scaling of every module."""
    return (FIRST_SCALE - (FIRST_SCALE - LAST_SCALE) * n / max(count - 1, 1) for n in range(count))


def _fields(kind: _inception.Kind, width: int, count: int, shared: bool) -> list[keras.Sequential]:
    """The fields of a module; the shared ones are applied one after the other, with a ReLU between them."""
    one = _inception.convolutions(kind, width)
    return [
        _inception.field(
            kind, width, one if shared else _inception.convolutions(kind, width), f"f{n}", rectified=shared and n > 1
        )
        for n in range(1, count + 1)
    ]
