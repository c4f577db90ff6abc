"""The ResNets of ``keras.applications``, V1 and V2, and the LM-ResNet that computes the same as a V2.

Keras calls the stages conv2 to conv5; the classifier was ``probs`` when the public files were written.
"""

import re

import numpy as np

from zoo.weights.convert import legacy_h5
from zoo.weights.convert.layout import Arrays, Layout

STAGE = r"stage(\d)_block(\d+)"
FIRST, LATER = r"stage(\d)_block1", r"stage(\d)_block(?!1_)(\d+)"
HEAD = (r"(?:probs|predictions)/(kernel|bias)", r"predictions/\1")

V1 = (
    (r"conv1_conv/(\w+)", r"stem/\1"),
    (r"conv1_bn/(\w+)", r"stem_norm/\1"),
    (rf"{STAGE}_0_conv/(\w+)", r"stage\1_block\2/shortcut/conv1/\3"),
    (rf"{STAGE}_0_bn/(\w+)", r"stage\1_block\2/shortcut/norm1/\3"),
    (rf"{STAGE}_([1-3])_conv/(\w+)", r"stage\1_block\2/field/conv\3/\4"),
    (rf"{STAGE}_([1-3])_bn/(\w+)", r"stage\1_block\2/field/norm\3/\4"),
    HEAD,
)
V2 = (
    (r"conv1_conv/(\w+)", r"stem/\1"),
    # the first block of a stage: one normalization before the projection and the branch
    (rf"{FIRST}_preact_bn/(\w+)", r"stage\1_block1_norm/\2"),
    (rf"{FIRST}_0_conv/(\w+)", r"stage\1_block1_shortcut/\2"),
    (rf"{FIRST}_([1-3])_conv/(\w+)", r"stage\1_block1_f/conv\2/\3"),
    (rf"{FIRST}_1_bn/(\w+)", r"stage\1_block1_f/norm2/\2"),
    (rf"{FIRST}_2_bn/(\w+)", r"stage\1_block1_f/norm3/\2"),
    # the others
    (rf"{LATER}_preact_bn/(\w+)", r"stage\1_block\2/field/norm1/\3"),
    (rf"{LATER}_([1-3])_conv/(\w+)", r"stage\1_block\2/field/conv\3/\4"),
    (rf"{LATER}_1_bn/(\w+)", r"stage\1_block\2/field/norm2/\3"),
    (rf"{LATER}_2_bn/(\w+)", r"stage\1_block\2/field/norm3/\3"),
    (r"post_bn/(\w+)", r"head_norm/\1"),
    HEAD,
)


def numbered(arrays: Arrays) -> Arrays:
    """The arrays with the stages called as ours: conv2 is stage1."""

    def ours(match: re.Match) -> str:
        return f"stage{int(match[1]) - 1}_block"

    return {re.sub(r"^conv(\d)_block", ours, name): array for name, array in arrays.items()}


def colours_turned(kernel: np.ndarray) -> np.ndarray:
    """The kernel of the stem for RGB, from one for BGR, ``(height, width, channels, filters)``."""
    return np.ascontiguousarray(kernel[:, :, ::-1])


def zero_k(arrays: Arrays) -> Arrays:
    """k = 0 for every step that keeps the shape after the first of a stage: all but the last of the first three."""
    blocks: dict[int, int] = {}
    for key in arrays:
        if match := re.match(STAGE, key):
            blocks[int(match[1])] = max(blocks.get(int(match[1]), 0), int(match[2]))
    steps = [(stage, block) for stage, count in blocks.items() for block in range(2, count + (stage == max(blocks)))]
    return {f"stage{stage}_block{block}/k": np.zeros((), "float32") for stage, block in steps}


LAYOUTS = {
    "keras_resnet_v1": Layout(legacy_h5.read, V1, changes={"stem/kernel": colours_turned}, numbered=numbered),
    "keras_resnet_v2": Layout(legacy_h5.read, V2, numbered=numbered),
    "keras_lm_resnet_v2": Layout(legacy_h5.read, V2, made=zero_k, numbered=numbered),
}
