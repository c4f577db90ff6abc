"""The transforms of a flow of pictures at several scales."""

from collections.abc import Callable

import keras

from zoo import flows

Flow = Callable[[str], keras.layers.Layer]
LEAST = 4
"""The side of a picture below which no further scale begins."""
ALPHA = 1e-6
"""Of the logit of pixels; see ``zoo.flows.Logit``."""


def of_pixels(side: int, blocks: int, flow: Flow) -> list[keras.layers.Layer]:
    """The transforms of pixels in [0, 256), from the base, which is one vector, to the data.

    At each scale there are flows, a squeeze and flows, and half of the channels go to the base, until the side of
    another scale would be below ``LEAST``: ``ODENVP`` of lib/odenvp.py, the authors' code of Grathwohl et al. (2018,
    arXiv:1810.01367).

    Args:
        side: Of a picture.
        blocks: Flows before and after each squeeze.
        flow: Makes the flow of a name.
    """
    pixels = [flows.Logit(ALPHA, name="logit"), flows.Affine(256.0, 0.0, name="pixels")]
    return [*_scales(side, blocks, flow), *pixels]


def _scales(side: int, blocks: int, flow: Flow, number: int = 1) -> list[keras.layers.Layer]:
    """The transforms of the scale of that number and of the coarser ones, from the base to the data."""
    fine = [flow(f"scale{number}_flow{n}") for n in range(blocks, 0, -1)]
    if side // 2 < LEAST:
        return fine
    coarse = [flow(f"scale{number}_flow{n}") for n in range(2 * blocks, blocks, -1)]
    inner = flows.Multiscale(_scales(side // 2, blocks, flow, number + 1), name=f"scale{number + 1}")
    return [inner, *coarse, flows.Squeeze(name=f"scale{number}_squeeze"), *fine]
