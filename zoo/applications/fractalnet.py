"""FractalNet: every block is a fractal of columns of depth 1, 2, 4, …, and each column is a network of its own."""

import functools

from zoo import _check
from zoo.applications._fractal_stages import fractal_stages
from zoo.applications.application import Network, application
from zoo.applications.classifier import ClassifierTask
from zoo.applications.predictions import decode_predictions as decode_predictions
from zoo.applications.predictions import preprocess_input as preprocess_input
from zoo.data.datasets import CIFAR10
from zoo.layers import Fractal

BLOCKS = 5
"""Fractal blocks; five poolings bring 32×32 to 1×1."""


@application("fractalnet", ClassifierTask(CIFAR10))
def FractalNet(
    *,
    depth: int = 20,
    filters: int = 64,
    tapered: bool = False,
    dropout: float = 0.0,
    global_share: float = 0.5,
    drop_path: float = 0.0,
) -> Network:
    """``f_1(u) = conv(u)``, ``f_{c+1}(u) = mean of (f_c ∘ f_c)(u) and conv(u)``: five fractal blocks f_C.

    A unit is 3×3 convolution (with bias), dropout, BN, ReLU. The width doubles from block to block up to eight
    times the first; each block ends in max-pooling 2×2 before its last join. The net answers with the mean of its
    columns; ``zoo.analysis.column`` extracts one as a plain network and ``zoo.analysis.anytime`` answers with all.

    Tapered, each column starts with half the channels of the shallower one; 1×1 and 3×3 convolutions take turns along
    it, and before a join 1×1 convolutions without BN and ReLU widen the thinner columns to the widest of it.

    Source: Larsson, Maire and Shakhnarovich, "FractalNet" (2017, arXiv:1605.07648), §4; biases as in the authors'
    generator. For FractalNet-20 the paper prints 38.6M parameters; the layout that it states has 33.8M, while the thin
    networks (16 filters) come to the printed 0.3 … 21.1M by the same count. For FractalNet-40 (``tapered``) it prints
    22.9M, but leaves the order of the convolutions open; ours has 20.8M with 100 classes.

    Args:
        depth: 5 · 2^(C−1) for C columns: 5, 10, 20, 40, …. Defaults to ``20``.
        filters: Channels of the first block (of its shallowest column). Defaults to ``64``; the paper's thin networks
            have 16, its tapered one 128.
        tapered: Whether deeper columns are thinner. Defaults to ``False``.
        dropout: Rate in the last block, reached linearly from none in the first. Defaults to ``0.0``; the paper takes
            0.4.
        global_share: Share of the batches trained with a single column, if there is drop-path. Defaults to ``0.5``.
        drop_path: Local drop-path: rate at which a join drops an input. Defaults to ``0.0``, which drops neither
            locally nor globally; the paper takes 0.15.
    """
    columns = _columns(depth)
    filters = _check.integer(filters, "filters")
    if tapered and filters % 2 ** (columns - 1):
        raise ValueError(
            f"{columns} tapered columns need filters that are a multiple of {2 ** (columns - 1)}. Received: {filters}."
        )
    widths = [filters * 2 ** min(block, 3) for block in range(BLOCKS)]
    options = {"widths": widths, "columns": columns, "tapered": bool(tapered)}
    rates = {"dropout": _check.rate(dropout, "dropout"), "global_share": _check.share(global_share, "global_share")}
    architecture = {"depth": depth, "filters": filters, "tapered": bool(tapered)}
    trunk = functools.partial(fractal_stages, **options, **rates, drop_path=drop_path)
    return Network(architecture, trunk, Fractal)


def _columns(depth):
    """C of a network of five blocks of 2^(C−1) layers; raises ``ValueError`` that names what exists."""
    units, left = divmod(_check.integer(depth, "depth"), BLOCKS)
    if left or units < 1 or units & (units - 1):
        raise ValueError(f"depth must be 5 · 2^(C−1), such as 5, 10, 20 or 40. Received: depth={depth}.")
    return units.bit_length()


FractalNet20 = FractalNet.variant("FractalNet20", "fractalnet20", depth=20, filters=64, tapered=False)
FractalNet40 = FractalNet.variant("FractalNet40", "fractalnet40", depth=40, filters=128, tapered=True)
ThinFractalNet5 = FractalNet.variant("ThinFractalNet5", "thin_fractalnet5", depth=5, filters=16, tapered=False)
ThinFractalNet10 = FractalNet.variant("ThinFractalNet10", "thin_fractalnet10", depth=10, filters=16, tapered=False)
ThinFractalNet20 = FractalNet.variant("ThinFractalNet20", "thin_fractalnet20", depth=20, filters=16, tapered=False)
ThinFractalNet40 = FractalNet.variant("ThinFractalNet40", "thin_fractalnet40", depth=40, filters=16, tapered=False)
ThinFractalNet80 = FractalNet.variant("ThinFractalNet80", "thin_fractalnet80", depth=80, filters=16, tapered=False)
ThinFractalNet160 = FractalNet.variant("ThinFractalNet160", "thin_fractalnet160", depth=160, filters=16, tapered=False)
