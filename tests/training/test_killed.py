"""A run whose process is killed, again and again, ends at the weights of one that was left alone."""

import os
import pathlib
import signal
import subprocess
import sys

import numpy as np
import pytest

from zoo.training.checkpoints import Checkpoints
from zoo.weights import file

PROGRAM = pathlib.Path(__file__).with_name("train_process.py")
UPDATES = 24


def train(folder, kill=None, at=None):
    """Start the run or go on with it; send the signal when update ``at`` is reported. Returns (updates seen, rest)."""
    command = [sys.executable, PROGRAM, folder]
    path = [str(PROGRAM.parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes, env=environment) as process:
        updates, rest = [], []
        for line in process.stdout:
            (updates if line.strip().isdigit() else rest).append(line.strip())
            if line.strip() == str(at):
                process.send_signal(kill)
        error = process.stderr.read()
    expected = -signal.SIGKILL if kill is signal.SIGKILL else 0
    assert process.returncode == expected, error
    return [int(update) for update in updates], rest


def weights(folder):
    return file.read(folder / "final.safetensors")[0]


@pytest.fixture(scope="module")
def left_alone(tmp_path_factory):
    folder = tmp_path_factory.mktemp("alone")
    assert train(folder)[0] == list(range(1, UPDATES + 1))
    return weights(folder)


@pytest.mark.slow
def test_a_killed_run_ends_at_the_same_bits(tmp_path, left_alone):
    """States are saved after every update, so a SIGKILL lands in an update or in the writing of one."""
    done = 0
    for kill, at in [(signal.SIGKILL, 3), (signal.SIGTERM, 11)]:
        updates, rest = train(tmp_path, kill, at)
        assert updates[0] == done + 1
        assert not (tmp_path / "final.safetensors").exists()
        done = Checkpoints(tmp_path / "checkpoints").latest()[0]
        assert done >= at - 1
        if kill is signal.SIGTERM:
            assert rest == [f"stopped {done}"]
    updates, _ = train(tmp_path)
    assert updates == list(range(done + 1, UPDATES + 1))
    final = weights(tmp_path)
    assert final.keys() == left_alone.keys()
    for name, one in final.items():
        np.testing.assert_array_equal(one, left_alone[name], err_msg=name)
