"""timm's ResNet V2 of basic blocks (``resnetv2_18``, ``resnetv2_34``): safetensors, axes in PyTorch's order."""

import re

import numpy as np

from zoo.weights import file
from zoo.weights.convert.layout import Arrays, Layout

NORMS = {"weight": "gamma", "bias": "beta", "running_mean": "moving_mean", "running_var": "moving_variance"}
FIRST = r"stage([2-4])_block1"
LATER = r"(stage1_block\d+|stage[2-4]_block(?!1\.)\d+)"
NAMES = (
    (r"stem\.conv\.kernel", "stem/kernel"),
    (r"norm\.(\w+)", r"head_norm/\1"),
    (r"head\.fc\.(kernel|bias)", r"predictions/\1"),
    # the first block of stages 2 to 4: one normalization before the projection and the branch
    (rf"{FIRST}\.norm1\.(\w+)", r"stage\1_block1_norm/\2"),
    (rf"{FIRST}\.downsample\.conv\.kernel", r"stage\1_block1_shortcut/kernel"),
    (rf"{FIRST}\.conv([12])\.kernel", r"stage\1_block1_f/conv\2/kernel"),
    (rf"{FIRST}\.norm2\.(\w+)", r"stage\1_block1_f/norm2/\2"),
    # the others
    (rf"{LATER}\.norm([12])\.(\w+)", r"\1/field/norm\2/\3"),
    (rf"{LATER}\.conv([12])\.kernel", r"\1/field/conv\2/kernel"),
)


def read(content: bytes, source: str) -> Arrays:
    """The arrays by timm's names."""
    return file.unpacked(content, source)[0]


def numbered(arrays: Arrays) -> Arrays:
    """The arrays with stages and blocks counted from 1, weights called as Keras's, and axes in Keras's order."""
    found = {}
    for name, array in arrays.items():
        place, _, weight = name.rpartition(".")
        place = re.sub(r"^stages\.(\d)\.blocks\.(\d+)", lambda m: f"stage{int(m[1]) + 1}_block{int(m[2]) + 1}", place)
        if re.search(r"(^|\.)norm[12]?$", place):
            weight = NORMS.get(weight, weight)
        elif weight == "weight":
            weight, array = "kernel", np.transpose(array, (2, 3, 1, 0))
        if place == "head.fc" and weight == "kernel":
            array = array.reshape(array.shape[-2:])
        found[f"{place}.{weight}"] = array
    return found


LAYOUTS = {"timm_resnet_v2": Layout(read, NAMES, ignored=r".*\.num_batches_tracked", numbered=numbered)}
