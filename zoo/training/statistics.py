"""Batch-normalization statistics for weights that were not trained with them, such as averaged ones."""

from collections.abc import Iterable

import keras
import numpy as np


def reestimate(model: keras.Model, batches: Iterable[np.ndarray]) -> None:
    """Set the moving statistics of every batch normalization to the mean over the batches.

    Each batch runs forward in training mode, so that every layer sees what its averaged
    predecessors give; the result is the plain mean of the batch statistics, not a moving average. The
    weights stay. (Averaged weights need this: Izmailov et al., 2018, arXiv:1803.05407, §3.)

    Args:
        model: Its ``keras.layers.BatchNormalization`` layers are found at any depth. Each must be used once in a
            forward pass, which those of a field that several steps share are not.
        batches: Iterable of pictures, ``(batch, height, width, channels)``; at least one.

    Raises:
        ValueError: No batches.
    """
    layers = [layer for layer in model._flatten_layers() if isinstance(layer, keras.layers.BatchNormalization)]
    statistics = [v for layer in layers for v in (layer.moving_mean, layer.moving_variance)]
    shares = [1 - layer.momentum for layer in layers for _ in range(2)]
    sums, count = [0.0] * len(statistics), 0
    for images in batches:
        for variable in statistics:
            variable.assign(keras.ops.zeros(variable.shape, variable.dtype))
        model(images, training=True)  # each statistic is now its share of this batch's
        sums = [total + v / share for total, v, share in zip(sums, statistics, shares, strict=True)]
        count += 1
    if not count:
        raise ValueError("reestimate needs at least one batch of pictures.")
    for variable, total in zip(statistics, sums, strict=True):
        variable.assign(total / count)
