"""imgclsmob's PolyNet (``polynet`` of tf2cv): the Very Deep PolyNet of ImageNet.

A unit of theirs in the last two stages is two modules, poly-3 and 2-way; the first unit there is the reduction.
"""

import re
from collections.abc import Mapping

import numpy as np

from zoo.weights.convert import _imgclsmob
from zoo.weights.convert.layout import Arrays, Layout

BLOCK = r"(stage\d_block\d+)"
PATH = r"path(\d)/conv(\d)"
NAMES = (
    (r"init_block/conv(\d)/conv/kernel", r"stem/conv\1/kernel"),
    (r"init_block/conv(\d)/bn/(\w+)", r"stem/norm\1/\2"),
    (rf"init_block/block(\d)/{PATH}/conv/kernel", r"stem/mixed\1/path\2/conv\3/kernel"),
    (rf"init_block/block(\d)/{PATH}/bn/(\w+)", r"stem/mixed\1/path\2/norm\3/\4"),
    # the reductions
    (rf"{BLOCK}/{PATH}/conv/kernel", r"\1/path\2/conv\3/kernel"),
    (rf"{BLOCK}/{PATH}/bn/(\w+)", r"\1/path\2/norm\3/\4"),
    # 2-way: F and G
    (rf"{BLOCK}/twoway/res_block(\d)/{PATH}/conv/kernel", r"\1/field/field\2/paths/path\3/conv\4/kernel"),
    (rf"{BLOCK}/twoway/res_block(\d)/{PATH}/bn/(\w+)", r"\1/field/field\2/paths/path\3/norm\4/\5"),
    (rf"{BLOCK}/twoway/res_block(\d)/conv/kernel", r"\1/field/field\2/conv/kernel"),
    (rf"{BLOCK}/twoway/res_block(\d)/conv/bn/(\w+)", r"\1/field/field\2/norm/\3"),
    # poly-3: one set of convolutions, and normalizations and a last 1×1 for each of the three places
    (rf"{BLOCK}/poly/pre_block/{PATH}/conv/kernel", r"\1/field1/paths/path\2/conv\3/kernel"),
    (rf"{BLOCK}/poly/pre_block/{PATH}/bn(\d)/(\w+)", r"\1/field\4/paths/path\2/norm\3/\5"),
    (rf"{BLOCK}/poly/res_block(\d)/conv/kernel", r"\1/field\2/conv/kernel"),
    (rf"{BLOCK}/poly/res_block(\d)/bn/(\w+)", r"\1/field\2/norm/\3"),
    (r"output1/fc/(kernel|bias)", r"predictions/\1"),
)


def numbered(arrays: Mapping[str, np.ndarray]) -> Arrays:
    """The arrays with blocks counted as ours, and a path of one convolution called as one of several."""

    def block(match: re.Match) -> str:
        stage, unit, kind = int(match[1]), int(match[2]), match[3]
        number = unit if stage == 1 or kind == "branches" else 2 * unit - (2 if kind == "poly" else 1)
        return f"stage{stage}_block{number}/{kind}"

    def renamed(name: str) -> str:
        name = re.sub(r"^stage(\d)/unit(\d+)/(branches|poly|twoway)", block, name)
        name = re.sub(r"branches/branch(\d)/(?:conv_list/)?", r"path\1/", name)
        name = re.sub(r"(path\d)/conv/(kernel|bn/)", lambda m: f"{m[1]}/conv1/{SINGLE[m[2]]}", name)
        return re.sub(r"(path\d)/(bn\d/)", r"\1/conv1/\2", name)

    return {renamed(name): array for name, array in _imgclsmob.places(arrays).items()}


SINGLE = {"kernel": "conv/kernel", "bn/": "bn/"}
LAYOUTS = {"imgclsmob_polynet": Layout(_imgclsmob.read, NAMES, numbered=numbered)}
