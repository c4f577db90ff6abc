"""Data parallel training on two virtual devices of JAX: KERAS_BACKEND=jax pytest tests/jax_alone/check_devices.py"""

import os
import pathlib
import subprocess
import sys

TESTS = pathlib.Path(__file__).parents[1]


def test_two_devices_make_the_updates_of_one(tmp_path):
    """Also where a run that began on two goes on with one."""
    program = TESTS / "training" / "replicas_process.py"
    path = os.pathsep.join([str(TESTS), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run([sys.executable, program, tmp_path], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "equal" in done.stdout
