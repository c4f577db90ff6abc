"""imgclsmob's pre-activation ResNets for CIFAR (``preresnet…_cifar10`` of tf2cv), in the older HDF5 of Keras.

Their first unit of a stage has one normalization before the branch and the projection, ours has one in each: it is
copied. Their pictures are divided by another deviation than ours: the factor goes into the kernel of the stem.
"""

import re

import numpy as np

from zoo.data.datasets import CIFAR10
from zoo.weights.convert import legacy_h5
from zoo.weights.convert.layout import Arrays, Layout

DEVIATION = (0.2023 * 255, 0.1994 * 255, 0.2010 * 255)
"""Of their pictures; the mean is that of ours."""
ENTERING, LATER = r"stage(\d)/entering", r"stage(\d)/unit(\d+)"
NAMES = (
    (r"init_block/conv/kernel", "stem/kernel"),
    (r"post_activ/bn/(\w+)", r"head_norm/\1"),
    (r"output1/(kernel|bias)", r"predictions/\1"),
    (rf"{ENTERING}/identity_conv/conv/kernel", r"stage\1_block1_shortcut/conv1/kernel"),
    (rf"{ENTERING}/body/conv(\d)/bn/(\w+)", r"stage\1_block1_f/norm\2/\3"),
    (rf"{ENTERING}/body/conv(\d)/conv/kernel", r"stage\1_block1_f/conv\2/kernel"),
    (rf"{LATER}/body/conv(\d)/bn/(\w+)", r"stage\1_block\2/field/norm\3/\4"),
    (rf"{LATER}/body/conv(\d)/conv/kernel", r"stage\1_block\2/field/conv\3/kernel"),
)


def read(content: bytes, source: str) -> Arrays:
    """The arrays by their whole paths."""
    return legacy_h5.paths(content, source)


def numbered(arrays: Arrays) -> Arrays:
    """The arrays by the part of their path that names the place, with ``entering`` for units that have a projection.

    Versions of TensorFlow write other beginnings, and some parts twice.
    """
    places = {}
    for name, array in arrays.items():
        parts = name.removesuffix(":0").split("/")
        parts = [part for part, before in zip(parts, ["", *parts[:-1]], strict=True) if part != before]
        starts = [i for i, part in enumerate(parts) if re.fullmatch(r"init_block|post_activ|output1|stage\d", part)]
        places["/".join(parts[starts[-1] :] if starts else parts)] = array
    entering = {name.split("/")[0] for name in places if name.endswith("/unit1/identity_conv/conv/kernel")}

    def renamed(name: str) -> str:
        stage, _, rest = name.partition("/unit1/")
        return f"{stage}/entering/{rest}" if stage in entering and rest else name

    return {renamed(name): array for name, array in places.items()}


def for_our_pictures(kernel: np.ndarray) -> np.ndarray:
    """The kernel of the stem for pictures that are divided by our deviation instead of theirs."""
    factor = np.array(CIFAR10.deviation) / DEVIATION
    return (kernel * factor[:, None]).astype(kernel.dtype)


def copied_norms(arrays: Arrays) -> Arrays:
    """The first normalization of a branch again, for the projection beside it."""
    matches = {key: re.fullmatch(r"(stage\d_block1)_f/norm1/(\w+)", key) for key in arrays}
    return {f"{match[1]}_shortcut/norm1/{match[2]}": arrays[key] for key, match in matches.items() if match}


def copied_norms_and_zero_k(arrays: Arrays) -> Arrays:
    """As ``copied_norms``, and k = 0 for every block but the first of a stage."""
    blocks = {match[1] for key in arrays if (match := re.match(r"(stage\d_block(?!1/)\d+)/field/", key))}
    return {**copied_norms(arrays), **{f"{block}/k": np.zeros((), "float32") for block in sorted(blocks)}}


CHANGES = {"stem/kernel": for_our_pictures}
LAYOUTS = {
    "imgclsmob_resnet": Layout(read, NAMES, CHANGES, made=copied_norms, numbered=numbered),
    "imgclsmob_lm_resnet": Layout(read, NAMES, CHANGES, made=copied_norms_and_zero_k, numbered=numbered),
}
