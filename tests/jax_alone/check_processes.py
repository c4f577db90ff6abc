"""Two processes of JAX on loopback, by gloo: KERAS_BACKEND=jax pytest tests/jax_alone/check_processes.py"""

import os
import pathlib
import socket
import subprocess
import sys

import numpy as np
import pytest

TESTS = pathlib.Path(__file__).parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "training")]

from processes_process import RECIPE, tiny_data  # noqa: E402

from zoo.release import reproduce  # noqa: E402
from zoo.training import joining  # noqa: E402
from zoo.weights import file, keys  # noqa: E402


def free_port():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


def environment(number, port):
    path = os.pathsep.join([str(TESTS), *filter(None, [os.environ.get("PYTHONPATH")])])
    own = dict(zip(joining.VARIABLES, (f"127.0.0.1:{port}", "2", str(number)), strict=True))
    return {**os.environ, "PYTHONPATH": path, **own}


def test_two_processes_make_the_updates_of_one(tmp_path):
    """Also where one of them is asked to stop, so that both do, and go on. What is written, process 0 writes."""
    port = free_port()
    program = [sys.executable, str(TESTS / "training" / "processes_process.py"), str(tmp_path)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    running = [subprocess.Popen(program, env=environment(number, port), **pipes) for number in range(2)]
    try:
        alone, _ = reproduce.train(RECIPE, tiny_data(), tmp_path / "alone")
        said = [each.communicate(timeout=300)[0] for each in running]
    finally:
        for each in running:
            each.kill()
            each.wait()
            each.stdout.close()
    assert [each.returncode for each in running] == [0, 0], "\n".join(each[-3000:] for each in said)
    two = file.read(tmp_path / "two" / "final.safetensors")[0]
    for name, array in keys.arrays_of(alone).items():
        np.testing.assert_allclose(two[name], array, rtol=1e-4, atol=1e-5, err_msg=name)
    assert {path.name for path in (tmp_path / "two").iterdir()} == {
        path.name for path in (tmp_path / "alone").iterdir()
    }


def test_half_of_the_variables_are_refused(monkeypatch):
    monkeypatch.setenv(joining.VARIABLES[1], "2")
    with pytest.raises(ValueError, match="all of KERAS_DISTRIBUTION_JOB_ADDRESSES"):
        joining.join()
