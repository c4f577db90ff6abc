"""Weight files of others: how each layout becomes ours. One file for each source; needs no Keras."""

from collections.abc import Mapping

import numpy as np

from zoo import _check
from zoo.weights.convert import (
    imgclsmob_irevnet,
    imgclsmob_polynet,
    imgclsmob_preresnet,
    imgclsmob_resnext,
    keras_resnet,
    timm_resnet_v2,
)
from zoo.weights.convert.layout import Layout
from zoo.weights.convert.layout import converted as converted

LAYOUTS: Mapping[str, Layout] = {
    **keras_resnet.LAYOUTS,
    **timm_resnet_v2.LAYOUTS,
    **imgclsmob_preresnet.LAYOUTS,
    **imgclsmob_resnext.LAYOUTS,
    **imgclsmob_polynet.LAYOUTS,
    **imgclsmob_irevnet.LAYOUTS,
}
"""Every layout by the name that rows of the manifest give it."""


def convert(layout: str, content: bytes, source: str) -> dict[str, np.ndarray]:
    """The arrays of a file by our keys.

    Args:
        layout: A name of ``LAYOUTS``.
        content: The whole file, as it was checked.
        source: What the message of an error calls it.

    Raises ``ValueError`` for an unknown layout, a file that is not readable, and names that the layout does not know.
    """
    chosen = LAYOUTS[_check.known(layout, LAYOUTS, "layout of weights")]
    return converted(chosen, chosen.read(content, source), source)


def renamed(layout: str, arrays: Mapping[str, np.ndarray], source: str) -> dict[str, np.ndarray]:
    """Arrays by the names that they have in a layout, by our keys; raises as ``convert``."""
    chosen = LAYOUTS[_check.known(layout, LAYOUTS, "layout of weights")]
    return converted(chosen, arrays, source)
