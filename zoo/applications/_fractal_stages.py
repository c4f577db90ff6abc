"""The blocks of FractalNet: columns of equal width, or tapered ones."""

import keras

from zoo.layers import ColumnMask, Fractal, fractal_block, fractal_unit


def fractal_stages(image, widths, columns, tapered, dropout, global_share, drop_path=0.0, pooled=None):
    """The features of a normalised image: a fractal block of each width, with global and local drop-path.

    ``dropout`` is the rate of the last block. The first ``pooled`` blocks, or all, halve height and width, rounded up.
    """
    alive = ColumnMask(columns, global_share, name="columns_alive")(image) if drop_path else None
    u = image
    for stage, width in enumerate(widths, start=1):
        rate, name = dropout * (stage - 1) / (len(widths) - 1), f"stage{stage}_block1"
        if tapered:
            block = tapered_block(width, columns, rate, drop_path, stage, name)
        else:
            pool = 2 if pooled is None or stage <= pooled else 1
            block = fractal_block(width, columns, rate, drop_path, pool, name=name)
        u = block(u) if alive is None else block(u, columns_alive=alive)
    return u


def tapered_block(filters, columns, dropout, drop_path, stage, name):
    """A ``Fractal`` whose column c has filters/2^(c−1) channels and widens them before every join.

    1×1 and 3×3 convolutions take turns along a column through all blocks, of which ``stage`` − 1 came before.
    """
    units = []
    for c in range(1, columns + 1):
        count, width = 2 ** (c - 1), filters // 2 ** (c - 1)
        column = []
        for n in range(1, count + 1):
            size = 1 if ((stage - 1) * count + n) % 2 else 3
            joined = widest(n * 2 ** (columns - c), columns)
            widened = filters // 2 ** (joined - 1) if joined else width
            column.append(_unit(width, widened, size, dropout, f"column{c}_unit{n}"))
        units.append(column)
    pool = keras.layers.MaxPooling2D(2, padding="same", data_format="channels_last", name="pool")
    return Fractal(units, drop_path=drop_path, pool=pool, name=name)


def widest(position, columns):
    """The shallowest column that joins after ``position`` units of the deepest, or 0 if none joins there."""
    if position % 2:
        return 0
    return next(c for c in range(1, columns + 1) if position % 2 ** (columns - c) == 0)


def _unit(width, widened, size, dropout, name):
    """A ``fractal_unit``, and a linear 1×1 convolution if it is to be wider at a join."""
    unit = fractal_unit(width, dropout, size, name=name)
    widening = keras.layers.Conv2D(widened, 1, data_format="channels_last", name="widening")
    return keras.Sequential([*unit.layers, widening], name=name) if widened != width else unit
