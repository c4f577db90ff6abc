"""The convolutional units and blocks of FractalNet, on ``(batch, height, width, channels)``."""

import keras

from zoo import _check
from zoo.layers.fields.branch import norm_relu
from zoo.layers.fractal import Fractal


def fractal_unit(filters: int, dropout: float = 0.0, size: int = 3, name: str | None = None) -> keras.Sequential:
    """Convolution (3×3 unless ``size`` says otherwise) with bias, dropout, BN, ReLU: a ``keras.Sequential`` that keeps
    height and width.

    Kernels start Glorot-uniform ("Xavier"), biases at zero. ``dropout``, in [0, 1), drops single entries; at 0 the
    layer is left out.

    Source: Larsson et al. (2017, arXiv:1605.07648), in the order of the authors' generator; Caffe's BN there has
    no scale and shift, ours has.
    """
    convolution = keras.layers.Conv2D(filters, size, padding="same", data_format="channels_last", name="conv1")
    drop = [keras.layers.Dropout(dropout, name="dropout")] if _check.rate(dropout, "dropout") > 0 else []
    return keras.Sequential([convolution, *drop, *norm_relu(1)], name=name)


def fractal_block(
    filters: int,
    columns: int,
    dropout: float = 0.0,
    drop_path: float = 0.15,
    pool: int = 2,
    seed: int | None = None,
    name: str | None = None,
) -> Fractal:
    """A ``Fractal`` of ``columns`` columns of ``fractal_unit(filters, dropout)``, max-pooled before its last join.

    ``pool`` is side and stride of the windows (height and width are divided by it, rounded up); ``1`` pools
    not at all. The defaults of ``drop_path`` and ``pool`` are the paper's. Its CIFAR network FractalNet-20 is
    five blocks of three columns with 64, 128, 256, 512, 512 filters and dropout 0, 0.1, 0.2, 0.3, 0.4.

    Source: Larsson et al. (2017, arXiv:1605.07648), figure 1 and its section on training.
    Raises ``ValueError`` if ``columns`` or ``pool`` is not a positive integer, or a rate is outside [0, 1).
    """
    columns, pool = _check.integer(columns, "columns"), _check.integer(pool, "pool")
    units = [
        [fractal_unit(filters, dropout, name=f"column{c}_unit{n}") for n in range(1, 2 ** (c - 1) + 1)]
        for c in range(1, columns + 1)
    ]
    options = {"padding": "same", "data_format": "channels_last", "name": "pool"}
    return Fractal(
        units,
        drop_path=drop_path,
        pool=keras.layers.MaxPooling2D(pool, **options) if pool > 1 else None,
        seed=seed,
        name=name,
    )
