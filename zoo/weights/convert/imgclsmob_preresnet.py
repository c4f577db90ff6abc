"""imgclsmob's pre-activation ResNets for CIFAR (``preresnet…_cifar10`` and ``_cifar100`` of tf2cv).

Their first unit of a stage has one normalization before the branch and the projection, ours has one in each: it is
copied. Their pictures are divided by another deviation than ours: the factor goes into the kernel of the stem.
"""

import re

import numpy as np

from zoo.weights.convert import _imgclsmob
from zoo.weights.convert.layout import Arrays, Layout

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


def copied_norms(arrays: Arrays) -> Arrays:
    """The first normalization of a branch again, for the projection beside it."""
    matches = {key: re.fullmatch(r"(stage\d_block1)_f/norm1/(\w+)", key) for key in arrays}
    return {f"{match[1]}_shortcut/norm1/{match[2]}": arrays[key] for key, match in matches.items() if match}


def copied_norms_and_zero_k(arrays: Arrays) -> Arrays:
    """As ``copied_norms``, and k = 0 for every block but the first of a stage."""
    blocks = {match[1] for key in arrays if (match := re.match(r"(stage\d_block(?!1/)\d+)/field/", key))}
    return {**copied_norms(arrays), **{f"{block}/k": np.zeros((), "float32") for block in sorted(blocks)}}


CHANGES = {"stem/kernel": _imgclsmob.for_our_pictures}
LAYOUTS = {
    name: Layout(_imgclsmob.read, NAMES, CHANGES, made=made, numbered=_imgclsmob.entering)
    for name, made in (("imgclsmob_resnet", copied_norms), ("imgclsmob_lm_resnet", copied_norms_and_zero_k))
}
