"""What the layouts of imgclsmob (tf2cv, in the older HDF5 of Keras) have in common: paths, and pictures of CIFAR."""

import re
from collections.abc import Mapping

import numpy as np

from zoo.data.datasets import CIFAR10
from zoo.weights.convert import legacy_h5
from zoo.weights.convert.layout import Arrays

DEVIATION = (0.2023 * 255, 0.1994 * 255, 0.2010 * 255)
"""Of their pictures of CIFAR-10, by which they divide those of CIFAR-100, too; the mean is that of ours."""
START = re.compile(r"init_block|post_activ|output1|stage\d")
"""The part of a path with which the name of a place begins."""


def read(content: bytes, source: str) -> Arrays:
    """The arrays by their whole paths."""
    return legacy_h5.paths(content, source)


def places(arrays: Mapping[str, np.ndarray]) -> Arrays:
    """The arrays by the part of their path that names the place; versions of TensorFlow write other beginnings, some
    parts twice, and ``pre_block_1`` for ``pre_block``.

    The kernels of a convolution's groups, ``convgroup1``, …, are one ``conv/kernel``.
    """
    found: Arrays = {}
    groups: dict[str, dict[int, np.ndarray]] = {}
    for name, array in arrays.items():
        parts = [re.sub(r"^pre_block_\d+$", "pre_block", part) for part in name.removesuffix(":0").split("/")]
        parts = [part for part, before in zip(parts, ["", *parts[:-1]], strict=True) if part != before]
        starts = [i for i, part in enumerate(parts) if START.fullmatch(part)]
        place = "/".join(parts[starts[-1] :] if starts else parts)
        if match := re.fullmatch(r"(.+)/convgroup(\d+)/kernel", place):
            groups.setdefault(f"{match[1]}/kernel", {})[int(match[2])] = array
        else:
            found[place] = array
    joined = {name: np.concatenate([each[n] for n in sorted(each)], axis=-1) for name, each in groups.items()}
    return {**found, **joined}


def entering(arrays: Mapping[str, np.ndarray]) -> Arrays:
    """The arrays of ``places``, with ``entering`` for the first unit of a stage where it has a projection."""
    found = places(arrays)
    stages = {name.split("/")[0] for name in found if "/unit1/identity_conv/" in name}

    def renamed(name: str) -> str:
        stage, _, rest = name.partition("/unit1/")
        return f"{stage}/entering/{rest}" if stage in stages and rest else name

    return {renamed(name): array for name, array in found.items()}


def for_our_pictures(kernel: np.ndarray) -> np.ndarray:
    """The kernel of the stem for pictures of CIFAR that are divided by our deviation instead of theirs."""
    factor = np.array(CIFAR10.deviation) / DEVIATION
    return (kernel * factor[:, None]).astype(kernel.dtype)
