"""How a process becomes one of several that train together (JAX)."""

import contextlib
import os

VARIABLES = (
    "KERAS_DISTRIBUTION_JOB_ADDRESSES",
    "KERAS_DISTRIBUTION_NUM_PROCESSES",
    "KERAS_DISTRIBUTION_PROCESS_ID",
)
"""What says where process 0 listens (``host:port``), how many processes there are, and which one this is: Keras's own
names, as of ``keras.distribution.initialize``."""


def join() -> bool:
    """Become one of the processes that ``VARIABLES`` speak of; returns whether they do.

    It waits for the others. On CPUs they exchange sums by gloo. It must come before JAX has computed anything.

    Raises:
        ValueError: Some of the variables are missing, or the backend is not JAX.
    """
    given = [os.environ.get(name) for name in VARIABLES]
    if not any(given):
        return False
    import keras

    if not all(given) or keras.backend.backend() != "jax":
        raise ValueError(
            f"Several processes need KERAS_BACKEND=jax and all of {', '.join(VARIABLES)}. Received: "
            f"KERAS_BACKEND={keras.backend.backend()} and {', '.join(map(str, given))}."
        )
    import jax

    addresses, processes, number = map(str, given)
    wait_in_turn()
    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    jax.distributed.initialize(addresses.split(",")[0], int(processes), int(number))
    return True


def wait_in_turn() -> None:
    """Let no thread of this process interrupt another as it wakes (Linux; threads that it starts inherit this).

    The thread of gloo that hears of what came in spins while the one that sends holds their lock. If it has interrupted
    that one, it does so until its slice of time is over: with a core for each process every sum took 4 ms, not 0.1.
    """
    if hasattr(os, "SCHED_BATCH") and os.sched_getscheduler(0) == os.SCHED_OTHER:
        with contextlib.suppress(OSError):  # where it is not allowed, sums are slow
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
