"""Means over those inputs of a join that are alive, as drop-path needs them: static shapes, no division by zero."""

import keras


def alive_or_all(alive):
    """``alive``, a boolean tensor (inputs,), or all of them if none is: a mean always has something to take."""
    return keras.ops.logical_or(alive, keras.ops.logical_not(keras.ops.any(alive)))


def survivors(alive, scores, rate):
    """Which of the live inputs survive when each is dropped with probability ``rate`` and at least one is kept.

    ``scores`` are uniform on [0, 1), one an input: those below the rate are dropped. If all live ones are
    below, the highest score stays, which picks each with equal probability. ``alive`` has a live entry.
    """
    highest = keras.ops.max(keras.ops.where(alive, scores, -1.0))
    return keras.ops.logical_and(alive, scores >= keras.ops.minimum(highest, rate))


def mean(values, alive):
    """The mean of the live values; dead ones are left out even where they are not finite, and get no gradient."""
    counted = [keras.ops.where(alive[n], value, keras.ops.zeros_like(value)) for n, value in enumerate(values)]
    count = keras.ops.sum(keras.ops.cast(alive, values[0].dtype))
    return sum(counted[1:], counted[0]) / count
