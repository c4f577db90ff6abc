"""Shared fixtures. Nothing here imports TensorFlow, so that the JAX-only tests can use it."""

import sys

import keras
import pytest


@pytest.fixture(autouse=True)
def _fixed_seed():
    keras.utils.set_random_seed(1)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    """Every test has an empty cache and no mirror, whatever the machine's environment says."""
    monkeypatch.setenv("ZOO_HOME", str(tmp_path / "zoo_home"))
    monkeypatch.setenv("ZOO_DATA", str(tmp_path / "no_data"))
    monkeypatch.delenv("ZOO_WEIGHTS_URL", raising=False)
    monkeypatch.delenv("ZOO_OFFLINE", raising=False)


@pytest.fixture
def run(monkeypatch, capsys):
    """Call the command line in this process: (exit code, stdout, stderr)."""
    from zoo.cli import main as cli

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["zoo", *map(str, arguments)])
        with pytest.raises(SystemExit) as stopped:
            cli.main()
        captured = capsys.readouterr()
        return stopped.value.code or 0, captured.out, captured.err

    return call
