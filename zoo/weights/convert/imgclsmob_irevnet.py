"""imgclsmob's i-RevNet (``irevnet301`` of chainercv2): NumPy's ``.npz`` by Chainer's names, axes in its order."""

import numpy as np

from zoo.weights import npz
from zoo.weights.convert.layout import Arrays, Layout

MOST = 1 << 30
"""Bytes that the arrays of a file may take together: i-RevNet-301 has 0.50 GB of them."""
NORMS = {"gamma": "gamma", "beta": "beta", "avg_mean": "moving_mean", "avg_var": "moving_variance"}
UNIT = r"features/stage(\d)/unit"
NAMES = (
    (r"features/final_postactiv/bn/(\w+)", r"head_norm/\1"),
    (r"output/fc/(kernel|bias)", r"predictions/\1"),
    # the first unit of a stage, whose f changes the width
    (rf"{UNIT}1/bottleneck/conv(\d)/bn/(\w+)", r"stage\1_block1_f/norm\2/\3"),
    (rf"{UNIT}1/bottleneck/conv(\d)/(?:conv/)?kernel", r"stage\1_block1_f/conv\2/kernel"),
    # the others
    (rf"{UNIT}(?!1/)(\d+)/bottleneck/conv(\d)/bn/(\w+)", r"stage\1_block\2/field/norm\3/\4"),
    (rf"{UNIT}(?!1/)(\d+)/bottleneck/conv(\d)/conv/kernel", r"stage\1_block\2/field/conv\3/kernel"),
)


def read(content: bytes, source: str) -> Arrays:
    """The arrays by Chainer's names."""
    return npz.unpacked(content, source, MOST)


def named(arrays: Arrays) -> Arrays:
    """The arrays with weights called as Keras's, and axes in Keras's order."""
    found = {}
    for name, array in arrays.items():
        place, _, weight = name.rpartition("/")
        if place.endswith("/bn"):
            weight = NORMS.get(weight, weight)
        elif weight == "W":
            weight = "kernel"
            array = np.transpose(array, (2, 3, 1, 0) if array.ndim == 4 else None)
        elif weight == "b":
            weight = "bias"
        found[f"{place}/{weight}"] = array
    return found


LAYOUTS = {"imgclsmob_irevnet": Layout(read, NAMES, ignored=r".*/bn/N", numbered=named)}
