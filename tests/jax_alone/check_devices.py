"""Data parallel training on two virtual devices of JAX: KERAS_BACKEND=jax pytest tests/jax_alone/check_devices.py"""

import os
import pathlib
import subprocess
import sys

import numpy as np

TESTS = pathlib.Path(__file__).parents[1]


def test_two_devices_make_the_updates_of_one(tmp_path):
    """Also where a run that began on two goes on with one."""
    program = TESTS / "training" / "replicas_process.py"
    path = os.pathsep.join([str(TESTS), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run([sys.executable, program, tmp_path], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "equal" in done.stdout


def test_the_command_splits_the_cpu_before_anything_starts_it(tmp_path):
    """Three devices are had, and 128 pictures are not shared equally by them."""
    images, labels = np.zeros((260, 32, 32, 3), "uint8"), np.arange(260) % 10
    np.savez(tmp_path / "few.npz", x_train=images, y_train=labels, x_test=images[:10], y_test=labels[:10])
    options = ["--strategy", "data_parallel", "--replicas", "3", "--data", tmp_path / "few.npz", "--out", tmp_path]
    command = [sys.executable, "-m", "zoo", "train", "lm_resnet20-cifar10", *options]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert "batch_size=128 on 3 devices" in " ".join(done.stderr.split())
