"""The convolutional units and blocks of FractalNet, on ``(batch, height, width, channels)``."""

import keras

from zoo import _check
from zoo.layers.fields.branch import norm
from zoo.layers.fractal import Fractal


def fractal_unit(filters, dropout=0.0, size=3, name=None):
    """Convolution (3×3 unless ``size`` says otherwise) with bias, dropout, BN, ReLU: a ``keras.Sequential`` that keeps
    height and width.

    Kernels start Glorot-uniform ("Xavier"), biases at zero. ``dropout``, in [0, 1), drops single entries; at 0 the
    layer is left out.

    Source: Larsson et al. (2017, arXiv:1605.07648), in the order of the authors' generator; Caffe's BN there has
    no scale and shift, ours has.
    """
    convolution = keras.layers.Conv2D(filters, size, padding="same", data_format="channels_last")
    drop = [keras.layers.Dropout(dropout)] if _check.rate(dropout, "dropout") > 0 else []
    return keras.Sequential([convolution, *drop, norm(), keras.layers.ReLU()], name=name)


def fractal_block(filters, columns, dropout=0.0, drop_path=0.15, pool=2, seed=None, name=None):
    """A ``Fractal`` of ``columns`` columns of ``fractal_unit(filters, dropout)``, max-pooled before its last join.

    ``pool`` is side and stride of the windows (height and width are divided by it, rounded up); ``1`` pools
    not at all. The defaults of ``drop_path`` and ``pool`` are the paper's. Its CIFAR network FractalNet-20 is
    five blocks of three columns with 64, 128, 256, 512, 512 filters and dropout 0, 0.1, 0.2, 0.3, 0.4.

    Source: Larsson et al. (2017, arXiv:1605.07648), figure 1 and its section on training.
    Raises ``ValueError`` if ``columns`` or ``pool`` is not a positive integer, or a rate is outside [0, 1).
    """
    columns, pool = _check.integer(columns, "columns"), _check.integer(pool, "pool")
    return Fractal(
        [[fractal_unit(filters, dropout) for _ in range(2**column)] for column in range(columns)],
        drop_path=drop_path,
        pool=keras.layers.MaxPooling2D(pool, padding="same", data_format="channels_last") if pool > 1 else None,
        seed=seed,
        name=name,
    )
