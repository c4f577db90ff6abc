"""How a process becomes one of several that train together (JAX)."""

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
    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    jax.distributed.initialize(addresses.split(",")[0], int(processes), int(number))
    return True
