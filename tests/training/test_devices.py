"""Training on several devices, and what is refused."""

import os
import pathlib
import subprocess
import sys

import keras
import pytest

from zoo.training import devices

PROGRAM = pathlib.Path(__file__).with_name("replicas_process.py")


def test_two_replicas_make_the_updates_of_one_device(tmp_path):
    """Also where a run that began on two goes on with one."""
    path = os.pathsep.join([str(PROGRAM.parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, PROGRAM, tmp_path], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path}
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "equal" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("tower", 16), ValueError, "no strategy 'tower'.*mirrored, data_parallel"),
        (("data_parallel", 16), ValueError, "KERAS_BACKEND=jax.*tensorflow.*use mirrored"),
        ((None, 16, 2), ValueError, "replicas=2, strategy=None"),
        (("mirrored", 16, 64), RuntimeError, "cannot be split into 64.*new process"),
    ],
)
def test_what_is_refused(arguments, error, message):
    keras.ops.zeros(1)  # TensorFlow has started
    with pytest.raises(error, match=message), devices.devices(*arguments):
        pass
