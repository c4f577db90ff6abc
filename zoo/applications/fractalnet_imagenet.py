"""FractalNet for pictures of ImageNet: four fractal blocks between the first and the last layer of ResNet."""

from typing import Any

from zoo import _check
from zoo.applications._fractal_stages import fractal_stages
from zoo.applications._imagenet_stages import stem
from zoo.applications.application import Network, application
from zoo.applications.classifier import ClassifierTask
from zoo.applications.predictions import decode_predictions as decode_predictions
from zoo.applications.predictions import preprocess_input as preprocess_input
from zoo.data.datasets import IMAGENET
from zoo.layers import Fractal

COLUMNS = {6: 1, 10: 2, 18: 3, 34: 4}
"""Columns of the four blocks by depth, 4 · 2^(C−1) + 2."""

ELSEWHERE = "Of FractalNet-34 the paper prints errors (24.12/7.39 % with ten crops), and nobody has published weights."


@application("fractalnet_imagenet", ClassifierTask(IMAGENET))
def FractalNetImageNet(
    *,
    depth: int = 34,
    filters: int = 128,
    dropout: float = 0.0,
    global_share: float = 0.5,
    drop_path: float = 0.0,
) -> Network:
    """``f_1(u) = conv(u)``, ``f_{c+1}(u) = mean of (f_c ∘ f_c)(u) and conv(u)``: four fractal blocks f_C for ImageNet.

    The stem of ResNet, 7×7 of stride 2 with BN, ReLU and max-pooling, with half as many channels as the first block;
    blocks of ``filters``, 2, 4 and 8 times as many channels, whose units are 3×3 convolution (with bias), dropout, BN,
    ReLU. The first three end in max-pooling 2×2 before their last join. The net answers with the mean of its columns;
    ``zoo.analysis.column`` extracts one as a plain network.

    Source: Larsson, Maire and Shakhnarovich, "FractalNet" (2017, arXiv:1605.07648), §4.2: four blocks of four columns,
    the first and the last layers those of ResNet-34, by which 24.12/7.39 % error with ten crops. It leaves open where
    the map is pooled: here it has the sides of ResNet-34's, 56 to 7 for 224 pixels. No weights are released.

    Args:
        depth: 4 · 2^(C−1) + 2 for C columns: 6, 10, 18 or 34. Defaults to ``34``.
        filters: Channels of the first block, even. Defaults to ``128``.
        dropout: Rate in the last block, reached linearly from none in the first. Defaults to ``0.0``.
        global_share: Share of the batches trained with a single column, if there is drop-path. Defaults to ``0.5``.
        drop_path: Local drop-path: rate at which a join drops an input. Defaults to ``0.0``, which drops neither
            locally nor globally; the paper takes 0.15.
    """
    if isinstance(depth, bool) or depth not in COLUMNS:
        raise ValueError(f"depth must be one of {', '.join(map(str, COLUMNS))}. Received: depth={depth!r}.")
    if _check.integer(filters, "filters") % 2:
        raise ValueError(f"filters must be even: the stem has half as many. Received: filters={filters}.")
    options = {"widths": [filters * 2**block for block in range(4)], "columns": COLUMNS[depth], "tapered": False}
    rates = {"dropout": _check.rate(dropout, "dropout"), "global_share": _check.share(global_share, "global_share")}

    def trunk(image: Any) -> Any:
        u = stem(image, filters // 2, bias=False, activated=True)
        return fractal_stages(u, **options, **rates, drop_path=drop_path, pooled=3)

    return Network({"depth": depth, "filters": filters}, trunk, Fractal, elsewhere=ELSEWHERE)


FractalNet34 = FractalNetImageNet.variant("FractalNet34", "fractalnet34", depth=34, filters=128)
