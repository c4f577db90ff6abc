"""Which training pictures are held out to make choices by, so that none is made on the test set."""

import numpy as np

from zoo import _check

SEED = 20_000
"""Of the draw; the same for every recipe and seed, so that all runs on a data set hold out the same pictures."""


def held_out_rows(labels: np.ndarray, count: int, classes: int) -> np.ndarray:
    """The positions of ``count`` pictures, as many of each class as can be, in ascending order.

    They are a function of the labels and ``SEED`` alone: each class is put into a fixed random order, of which the
    first ones are taken. So fewer pictures are a part of more of them. If ``count`` is no multiple of the number of
    classes, the classes of lower number give one more.

    Args:
        labels: Class numbers 0 … classes − 1, ``(n,)``.
        count: How many pictures are held out, at least 0.
        classes: How many classes there are.

    Returns:
        int64, ``(count,)``.

    Raises:
        ValueError: ``count`` is no integer ≥ 0, or a class would be left without a picture to train on.
    """
    count = _check.integer(count, "validation", least=0)
    generator = np.random.default_rng(SEED)
    each, more = divmod(count, classes)
    taken = []
    for number in range(classes):
        order = generator.permutation(np.flatnonzero(labels == number))
        share = each + (number < more)
        if share and share >= len(order):
            raise ValueError(
                f"Expected fewer pictures held out than there are of each class. Received: validation={count}, which "
                f"takes {share} of class {number}, of which there are {len(order)}."
            )
        taken.append(order[:share])
    return np.sort(np.concatenate(taken))
