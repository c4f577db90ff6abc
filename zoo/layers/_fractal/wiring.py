"""The wiring of a fractal block: which units make a column, and where the columns meet.

The units of all columns are kept in one list, column 1 first; column c has 2^(c−1) of them.
"""

from zoo.layers import field as _field


def flat(columns):
    """The list of units of ``columns``, a list of lists; raises if a column has the wrong number or kind of them."""
    if not isinstance(columns, (list, tuple)) or not columns:
        raise ValueError(f"Fractal expects columns as a list of lists of Keras layers. Received: columns={columns!r}.")
    for c, column in enumerate(columns, start=1):
        count = len(column) if isinstance(column, (list, tuple)) else f"{column!r}, which is no list"
        if count != 2 ** (c - 1):
            raise ValueError(
                f"Column {c} of Fractal must be a list of {2 ** (c - 1)} Keras layers, twice as many as the column "
                f"before it. Received: {count}."
            )
    units = [_field.check(unit, "Fractal") for column in columns for unit in column]
    for unit in units:
        if _field.takes_time(unit):
            raise TypeError(
                f"Fractal calls its units f(u), but {unit.name} takes t. Give it to a scheme first, for example "
                f"ForwardEuler({unit.name})."
            )
    return units


def count(units) -> int:
    """C, the number of columns that these units make: there are 2^C − 1 of them."""
    return len(units).bit_length()


def chain(units, number):
    """The units of column ``number`` (1 … C), in the order in which they act."""
    return units[2 ** (number - 1) - 1 : 2**number - 1]


def expand(units, pool, u, apply, join):
    """Send u through the block, for shapes as for values.

    ``apply(layer, value)`` gives a layer's value. ``join(values, first, position)`` joins the values of the columns
    first … C, which have all ended a unit after ``position`` units of the deepest; they go on from what it returns.
    """
    columns = count(units)
    depth = 2 ** (columns - 1)
    length = {c: depth >> (c - 1) for c in range(1, columns + 1)}  # of a unit of column c, in units of the deepest
    values = [u] * columns
    for position in range(1, depth + 1):
        ending = [c for c in length if position % length[c] == 0]
        for c in ending:
            values[c - 1] = apply(chain(units, c)[position // length[c] - 1], values[c - 1])
            if position == depth and pool is not None:
                values[c - 1] = apply(pool, values[c - 1])
        if len(ending) > 1:
            values[ending[0] - 1 :] = [join(values[ending[0] - 1 :], ending[0], position)] * len(ending)
    return values[0]
