"""Pictures in grey levels as points with a density, and what the density says of the pictures."""

import math
from typing import Any

import numpy as np

from zoo import _check

CLOSE = np.float32(2**-21)
"""Nearer to the next grey level, as a share of x, rounding could put a point on the other side of it."""


def dequantized(pictures: Any, seed: int | np.random.Generator | None = None, levels: int = 256) -> np.ndarray:
    """``x = (p + ν) / levels``, ν ~ U(0, 1): grey levels p as float32 in [0, 1), of which a density can be learnt.

    A density of p itself has no bound: it may be a spike at each level. The level is ``np.floor(levels * x)``.

    Source: Theis, van den Oord and Bethge, "A note on the evaluation of generative models" (2016, arXiv:1511.01844),
    §3.1.

    Args:
        pictures: Whole numbers 0 … levels − 1, an array of any shape.
        seed: The seed of ν, or a generator. Defaults to ``None``: another ν each time.
        levels: How many grey levels there are. Defaults to ``256``.

    Raises:
        ValueError: A pixel is no whole number from 0 to levels − 1.
    """
    levels, given = _check.integer(levels, "levels", 2), np.asarray(pictures)
    whole = given.dtype.kind in "iub" or (given.dtype.kind == "f" and bool(np.all(given == np.floor(given))))
    if not whole or (given.size and not (given.min() >= 0 and given.max() < levels)):
        known = f"from {given.min()} to {given.max()}" if given.size and given.dtype.kind in "iuf" else "no numbers"
        raise ValueError(
            f"Pixels must be whole numbers from 0 to {levels - 1}. Received: {known}, dtype {given.dtype}. Give the "
            "pictures as they were read, not scaled, or say how many levels= there are."
        )
    pixels, width = given.astype("float32"), np.float32(1 / levels)
    x = (pixels + np.random.default_rng(seed).random(given.shape, "float32")) / np.float32(levels)
    return np.clip(x, pixels * width * (1 + CLOSE), (pixels + 1) * width * (1 - CLOSE))


def bits_per_dim(nll: Any, event_shape: tuple[int, ...], width: float = 1 / 256) -> Any:
    """``(nll / D − log width) / log 2``: the negative log density of dequantised points in bits a dimension.

    An upper bound, in the mean over the noise, on the bits a dimension of the pictures themselves: the probability of a
    picture is the integral of the density over its cell, D sides of ``width``, and by Jensen's inequality −log₂ of it
    is at most ``E[−log₂ p(x)] − D log₂ width`` with x uniform in the cell. The levels are in: of 256 in [0, 1) 8 bits
    are added, and the uniform distribution has 8 bits a dimension. The noise is in, too: it is what the bound is loose
    by. An ``nll`` in other units than those of the pixels would say nothing: transforms such as ``zoo.flows.Logit``
    belong into the flow, whose log-determinant is then in ``nll``.

    Source: Theis, van den Oord and Bethge (2016, arXiv:1511.01844), §3.1.

    Args:
        nll: −log p in nats, a number or an array.
        event_shape: The shape of a point; D is the number of its entries.
        width: A grey level's in the units of x. Defaults to ``1 / 256``, for x in [0, 1) as of ``dequantized``; ``1``
            where x is in [0, 256), ``1 / levels`` of another number of levels.

    Raises:
        ValueError: The width is not positive, or the shape is empty or not of positive integers.
    """
    size = math.prod(_check.integer(side, "event_shape") for side in event_shape)
    if not event_shape or _check.finite(width, "width") <= 0:
        raise ValueError(
            "Expected a shape such as (28, 28, 1) and a positive width. Received: "
            f"event_shape={event_shape!r}, width={width!r}."
        )
    return (nll / size - math.log(width)) / math.log(2)
