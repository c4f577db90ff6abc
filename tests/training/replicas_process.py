"""Trains on two devices of one process, and on one, in a process that has two: ``python replicas_process.py FOLDER``.

Devices are split before TensorFlow or JAX starts, so this needs a process of its own.
"""

import contextlib
import dataclasses
import pathlib
import sys

import keras
import numpy as np
import pytest
from tiny import TINY, tiny_data

from zoo.release import reproduce
from zoo.training import devices
from zoo.weights import keys

STRATEGY = {backend: name for name, backend in devices.STRATEGIES.items()}[keras.backend.backend()]
RECIPE = dataclasses.replace(TINY, epochs=1, l2=5e-2)


def stop(update, updates, row):
    if update == 2:
        raise InterruptedError


def main(folder):
    folder = pathlib.Path(folder)
    odd = dataclasses.replace(RECIPE, batch_size=15)
    for options, recipe, message in [({}, odd, "a multiple of 2"), ({"replicas": 9}, RECIPE, "9")]:
        with pytest.raises((ValueError, RuntimeError), match=message):
            reproduce.train(recipe, tiny_data(), folder / "odd", strategy=STRATEGY, **{"replicas": 2, **options})
    with contextlib.suppress(InterruptedError):
        reproduce.train(RECIPE, tiny_data(), folder / "two", strategy=STRATEGY, replicas=2, every=1, report=stop)
    resumed, _ = reproduce.train(RECIPE, tiny_data(), folder / "two", resume=True)
    alone, _ = reproduce.train(RECIPE, tiny_data(), folder / "one")
    got, expected = keys.arrays_of(resumed), keys.arrays_of(alone)
    initial = keys.arrays_of(initial_network())
    for name, array in expected.items():
        np.testing.assert_allclose(got[name], array, rtol=1e-4, atol=1e-5, err_msg=name)
    moved = [np.abs(array - initial[name]).max() for name, array in expected.items()]
    assert min(moved) > 1e-4, moved  # so that the comparison says something
    print("equal")


def initial_network():
    keras.utils.set_random_seed(RECIPE.seed)
    return reproduce.network(RECIPE, tiny_data())


if __name__ == "__main__":
    main(sys.argv[1])
