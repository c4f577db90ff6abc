"""The ``zoo`` command: import TensorFlow without its start-up lines, then run ``zoo.cli``.

It stands outside the package because importing anything inside it imports TensorFlow first.
TensorFlow writes those lines to file descriptor 2 whatever TF_CPP_MIN_LOG_LEVEL says, so the
descriptor is held back during the import. If the import fails, what was held back is shown.
"""

import contextlib
import os
import sys
import tempfile


@contextlib.contextmanager
def stderr_held_back():
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


def main():
    """Entry point of the console script."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # after the import it does hold back all but errors
    try:
        with stderr_held_back():
            import keras

            import zoo.cli.main

            keras.ops.zeros(())  # the first tensor starts the device, which has lines of its own
    except KeyboardInterrupt:
        sys.exit(130)
    except (ImportError, ValueError) as error:
        sys.exit(f"Error: {error}")
    zoo.cli.main.main()
