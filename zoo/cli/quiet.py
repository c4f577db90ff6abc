"""TensorFlow without its start-up lines.

It writes them to file descriptor 2 whatever TF_CPP_MIN_LOG_LEVEL says, so the descriptor is held back during the
import. If the import fails, what was held back is shown.
"""

import contextlib
import gc
import os
import sys
import tempfile
from collections.abc import Iterator

from zoo import _check
from zoo.data import environment


def start(training: bool = False, device: bool = True) -> None:
    """Import Keras and its backend; a command that needs tensors calls it before anything that imports them.

    A command that trains has TensorFlow use oneDNN also where it would not by itself, on processors without AVX-512,
    unless the environment says otherwise: batches are then up to twice as fast (a single picture is slower). Where the
    device is to be split first, ``device=False`` leaves it unstarted.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # after the import it does hold back all but errors
    if "keras" in sys.modules:
        return
    if training:
        os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    if os.path.expanduser("~") == "~":  # a user without a home: Keras would make a folder of that name here
        os.environ.setdefault("KERAS_HOME", str(environment.cache() / "keras"))
    with _check.tensorflow_for("Keras"), stderr_held_back(), _without_collector():
        import keras

        if device:
            keras.ops.zeros(())  # the first tensor starts the device, which has lines of its own


@contextlib.contextmanager
def _without_collector() -> Iterator[None]:
    """Nothing that is imported is garbage, and looking for some was a fifth of the time of the import."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@contextlib.contextmanager
def stderr_held_back() -> Iterator[None]:
    """Send file descriptor 2 to a temporary file; show the file's content if the block fails."""
    if sys.stderr is None:  # closed by the caller: there is nothing to hold back
        yield
        return
    sys.stderr.flush()
    try:
        held = tempfile.TemporaryFile()  # noqa: SIM115
    except OSError:  # nowhere to hold it
        yield
        return
    real = os.dup(2)
    with held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except Exception:
            held.seek(0)
            os.write(real, held.read())
            raise
        finally:
            sys.stderr.flush()
            os.dup2(real, 2)
            os.close(real)
