"""The classes of ImageNet (ILSVRC 2012): the WordNet number and the name of each, in the order of their numbers.

The names are the first words of WordNet 3.0's synsets, as timm lists them (Apache-2.0); where two are alike (two are
called crane), ours say which.
"""

import functools
import pathlib

CLASSES = pathlib.Path(__file__).with_name("imagenet_classes.txt")


@functools.cache
def classes() -> tuple[tuple[str, str], ...]:
    """``(wnid, name)`` of every class: ``("n01440764", "tench")`` is the first."""
    rows = (line.split("\t") for line in CLASSES.read_text("utf-8").splitlines())
    return tuple((wnid, name) for wnid, name in rows)


def wnids() -> tuple[str, ...]:
    """The WordNet numbers, which the folders of the data set are called by."""
    return tuple(wnid for wnid, _ in classes())


def labels() -> tuple[str, ...]:
    """The names."""
    return tuple(name for _, name in classes())
