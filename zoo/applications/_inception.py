"""The parts of an Inception-ResNet: stem, reductions and the fields of its three stages, as in PolyNet's release.

Channels are those of the published network, of which the first convolution has ``PUBLISHED_WIDTH``; another width
changes all in proportion. Every convolution is without bias and has batch normalization after it, and ReLU but after
the last 1×1 of a field.
"""

import dataclasses
from collections.abc import Sequence

import keras

from zoo.layers import Paths
from zoo.layers.fields import branch

PUBLISHED_WIDTH = 32
Convolution = tuple[int, int | tuple[int, int]]
"""Channels, and sides of the kernel."""


@dataclasses.dataclass(frozen=True)
class Kind:
    """The fields of a stage: channels of the state, and the convolutions of each parallel path."""

    state: int
    paths: tuple[tuple[Convolution, ...], ...]


A = Kind(384, (((32, 1), (48, 3), (64, 3)), ((32, 1), (32, 3)), ((32, 1),)))
B = Kind(1152, (((128, 1), (160, (1, 7)), (192, (7, 1))), ((192, 1),)))
C = Kind(2048, (((192, 1), (224, (1, 3)), (256, (3, 1))), ((192, 1),)))

REDUCTIONS = (
    (((256, 1), (256, 3), (384, 3)), ((384, 3),)),
    (((256, 1), (256, 3), (256, 3)), ((256, 1), (256, 3)), ((256, 1), (384, 3))),
)
"""The paths, besides a max-pooling, that enter the second and the third stage; the last 3×3 has stride 2."""


def stem(width: int) -> keras.Sequential:
    """Three convolutions and three times two paths; sides become about an eighth, channels those of stage A."""
    first = [
        *normed([_valid(32, 3, width, 2, "conv1"), _valid(32, 3, width, 1, "conv2"), _same(64, 3, width, "conv3")])
    ]
    short = keras.Sequential(normed([_same(64, 1, width, "conv1"), _valid(96, 3, width, 1, "conv2")]), name="path1")
    sizes = ((1, 1), (7, 1), (1, 7))
    long = [_same(64, size, width, f"conv{n}") for n, size in enumerate(sizes, start=1)]
    long = keras.Sequential(normed([*long, _valid(96, 3, width, 1, "conv4")]), name="path2")
    halved = [[_pool("path1"), _halving(((filters, 3),), width, "path2")] for filters in (96, 192)]
    mixed = [Paths(paths, name=f"mixed{n}") for n, paths in enumerate((halved[0], [short, long], halved[1]), start=1)]
    return keras.Sequential([*first, *mixed], name="stem")


def reduction(number: int, width: int, name: str) -> Paths:
    """The paths that enter stage ``number``, 2 or 3, whose sides are half as long."""
    rows = REDUCTIONS[number - 2]
    paths = [_halving(row, width, f"path{n}") for n, row in enumerate(rows, start=1)]
    return Paths([*paths, _pool(f"path{len(rows) + 1}")], name=name)


def convolutions(kind: Kind, width: int) -> list[list[keras.layers.Conv2D]]:
    """The convolutions of each path of a field, which several fields can share."""
    return [
        [_same(filters, size, width, f"conv{n}") for n, (filters, size) in enumerate(path, start=1)]
        for path in kind.paths
    ]


def field(
    kind: Kind, width: int, shared: Sequence[Sequence[keras.layers.Conv2D]], name: str, rectified: bool = False
) -> keras.Sequential:
    """Parallel paths of these convolutions with normalizations of their own, 1×1 to the channels of the state, BN.

    ``rectified`` puts a ReLU before: of a field that is applied to what another one returned.
    """
    paths = [keras.Sequential(normed(path), name=f"path{n}") for n, path in enumerate(shared, start=1)]
    last = [_same(kind.state, 1, width, "conv"), branch.norm(name="norm")]
    before = [keras.layers.ReLU(name="relu")] if rectified else []
    return keras.Sequential([*before, Paths(paths, name="paths"), *last], name=name)


def normed(layers: Sequence[keras.layers.Conv2D]) -> list[keras.layers.Layer]:
    """Each of the convolutions with BN and ReLU after it."""
    return [part for n, layer in enumerate(layers, start=1) for part in (layer, *branch.norm_relu(n))]


def _halving(row: tuple[Convolution, ...], width: int, name: str) -> keras.Sequential:
    """A path whose last convolution has stride 2 and no padding."""
    layers = [_same(filters, size, width, f"conv{n}") for n, (filters, size) in enumerate(row[:-1], start=1)]
    filters, size = row[-1]
    return keras.Sequential(normed([*layers, _valid(filters, size, width, 2, f"conv{len(row)}")]), name=name)


def _pool(name: str) -> keras.layers.MaxPooling2D:
    return keras.layers.MaxPooling2D(3, 2, data_format="channels_last", name=name)


def _same(filters, size, width, name):
    return _convolution(filters, size, width, 1, "same", name)


def _valid(filters, size, width, strides, name):
    return _convolution(filters, size, width, strides, "valid", name)


def _convolution(filters, size, width, strides, padding, name):
    return keras.layers.Conv2D(
        filters * width // PUBLISHED_WIDTH,
        size,
        strides=strides,
        padding=padding,
        use_bias=False,
        data_format="channels_last",
        kernel_initializer=keras.initializers.VarianceScaling(2.0, "fan_out", "untruncated_normal"),
        name=name,
    )
