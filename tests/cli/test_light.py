"""What needs no tensor loads none: a process each, its modules looked at."""

import json
import os
import subprocess
import sys

import pytest

from zoo.cli import command

HEAVY = ("tensorflow", "keras", "jax", "tensorflow_probability")
PROGRAM = f"""
import json, sys
sys.argv = ["zoo", *json.loads(sys.argv[1])]
from zoo.cli.main import main
code = 0
try:
    main()
except SystemExit as stopped:
    code = stopped.code or 0
print(json.dumps([code, [name for name in {HEAVY} if name in sys.modules]]), file=sys.stderr)
"""


def called(*arguments, **environment):
    """(exit code, heavy modules, stdout, stderr) of a command line."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(arguments)],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )
    *messages, last = done.stderr.strip().splitlines()
    code, heavy = json.loads(last)
    return code, heavy, done.stdout, "\n".join(messages)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "code", "shown"),
    [
        (("--help",), 0, "Commands"),
        (("predict", "--help"), 0, "IMAGE"),
        (("--version",), 0, "0."),
        (("list", "lm_*"), 0, "lm_resnet20-cifar10"),
        (("weights", "list"), 0, "checksum"),
        (("weights", "where"), 0, "weights"),
        (("weights", "verify", "resnet20-cifar10"), 0, "resnet20-cifar10-"),
        (("weights", "fetch", "resnet20-cifar10"), 0, ".safetensors"),
        (("predict", "a.png", "--model", "resnet2O"), 1, "Did you mean 'resnet20'"),
        (("lst",), 2, "No such command"),
        (("show", "resnet20-cifar10", "--json"), 0, "provenance"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_commands_without_tensors_load_no_backend(arguments, code, shown):
    got, heavy, out, err = called(*arguments)
    assert heavy == []
    assert got == code, err
    assert shown in out + err


def test_completion_loads_no_backend():
    words = {"_ZOO_COMPLETE": "complete_bash", "COMP_WORDS": "zoo ev", "COMP_CWORD": "1"}
    _, heavy, out, _ = called(**words)
    assert heavy == []
    assert "evaluate" in out


def test_a_mistyped_name_gets_three_names_and_not_fifty():
    _, _, _, err = called("predict", "a.png", "--model", "lm_resnet2O-cifar10")
    assert err.count("cifar10") <= 5
    assert "in all" in err


@pytest.mark.slow
def test_importing_zoo_loads_no_backend_and_is_enough_to_load_a_keras_file(tmp_path):
    path = tmp_path / "model.keras"
    script = f"""
import sys, zoo
assert not [name for name in {HEAVY} if name in sys.modules]
import zoo.weights, zoo.numerics, zoo.data.datasets, zoo.solvers, zoo.training.recipes
assert not [name for name in {HEAVY} if name in sys.modules]
assert "load" in dir(zoo) and zoo.__version__
import keras, zoo.layers
layer = zoo.layers.ForwardEuler(keras.layers.Dense(4))
keras.Sequential([keras.Input((4,)), layer], name="net").save({str(path)!r})
"""
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    load = f"import zoo; print(zoo.load({str(path)!r}).name)"
    done = subprocess.run([sys.executable, "-c", load], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "net"


@pytest.mark.slow
def test_python_m_zoo():
    done = subprocess.run([sys.executable, "-m", "zoo", "--version"], check=True, capture_output=True, text=True)
    assert done.stdout.strip()[0].isdigit()


@pytest.mark.slow
def test_a_file_without_a_command_and_a_name_taken_twice_are_found(monkeypatch, tmp_path):
    from zoo.cli import commands

    assert set(command.commands()) >= {"list", "show", "predict", "evaluate", "train", "finetune", "export"}
    with pytest.raises(ValueError, match="a command 'list' already"):
        command.command("list")(print)
    (tmp_path / "forgotten.py").write_text("x = 1")
    monkeypatch.setattr(commands, "__path__", [*commands.__path__, str(tmp_path)])
    with pytest.raises(ValueError, match="forgotten registers no command"):
        command.commands()
