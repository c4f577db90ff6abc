"""One of several processes that train together (JAX): ``python processes_process.py FOLDER``, with Keras's variables.

Process 1 alone is asked to stop. All stop, and go on to the end.
"""

import dataclasses
import os
import pathlib
import signal
import sys

import pytest
from tiny import TINY, tiny_data

from zoo.data import files
from zoo.data.batches import Batches
from zoo.release import reproduce
from zoo.training import joining, processes
from zoo.training.monitor import Stopped

RECIPE = dataclasses.replace(TINY, kwargs={"depth": 8, "drop_path": 0.3}, epochs=1, l2=5e-2)


def refuse(path, data):
    raise AssertionError(f"process 1 writes {path}")


def stopping(self, index):
    if index == 1:
        signal.raise_signal(signal.SIGTERM)
    return self.batch(self.start + index)


def main(folder):
    joined = joining.join()
    assert joined
    if sys.platform == "linux":  # threads that XLA and gloo start inherit it
        assert os.sched_getscheduler(0) == os.SCHED_BATCH
    assert processes.count() == 2
    if processes.number() == 1:
        files.write = refuse
    with pytest.raises(ValueError, match="Leave out replicas"):
        reproduce.train(RECIPE, tiny_data(), folder / "no", strategy="data_parallel", replicas=1)
    whole = Batches.__getitem__
    if processes.number() == 1:
        Batches.__getitem__ = stopping
    with pytest.raises(Stopped):
        reproduce.train(RECIPE, tiny_data(), folder / "two", strategy="data_parallel", every=1)
    Batches.__getitem__ = whole
    _, final = reproduce.train(RECIPE, tiny_data(), folder / "two", strategy="data_parallel", resume=True)
    assert final.exists()
    processes.leave()


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
