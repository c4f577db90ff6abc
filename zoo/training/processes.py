"""Several processes, perhaps on several machines, that make one training (JAX): see ``zoo.training.joining``.

Each has its part of every batch; what is written, process 0 writes.
"""

from typing import Any

import keras

from zoo.data.batches import Batches
from zoo.training.signals import Request


def leave() -> None:
    """Part from the other processes, once there is nothing more to exchange: each may then take its own time."""
    if count() > 1:
        import jax

        jax.distributed.shutdown()


def count() -> int:
    """How many processes there are."""
    if keras.backend.backend() != "jax":
        return 1
    import jax

    return jax.process_count()


def number() -> int:
    """Which of them this is; 0 is the one that writes."""
    if count() == 1:
        return 0
    import jax

    return jax.process_index()


def wait(what: str) -> None:
    """Wait until all processes are here; ``what`` is a name of the place."""
    if count() > 1:
        from jax.experimental import multihost_utils

        multihost_utils.sync_global_devices(what)


def agreed(stop: Request) -> Request:
    """A request that is set in all processes once it is in one, if all ask equally often."""
    return _Agreed(stop) if count() > 1 else stop


def share(batches: Batches) -> Any:
    """What ``fit`` takes in this process: all of every batch, or its part of the rows."""
    return _Share(batches, number(), count()) if count() > 1 else batches.feed()


class _Agreed:
    def __init__(self, stop):
        self.stop = stop

    def is_set(self) -> bool:
        import numpy as np
        from jax.experimental import multihost_utils

        return bool(np.any(multihost_utils.process_allgather(np.array([self.stop.is_set()]))))


class _Share(keras.utils.PyDataset):
    """The rows of every batch that a process computes: the n-th part of them, in order."""

    def __init__(self, batches, number, count):
        super().__init__()
        self.batches, self.number, self.count = batches, number, count

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        return tuple(self._part(array) for array in self.batches[index])

    def _part(self, array):
        rows = len(array) // self.count
        return array[self.number * rows : (self.number + 1) * rows]
