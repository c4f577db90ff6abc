"""What is seen on a terminal while something runs."""

import io
import os
import re
import sys
import types

import pytest
import rich.console

from zoo.cli import finetuning, quiet, terminal
from zoo.training.finetuning.progress import Epoch


class Screen(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def screen(monkeypatch):
    """What is on the terminal that stderr is."""
    screen = Screen()
    monkeypatch.setattr(terminal, "messages", rich.console.Console(file=screen, force_terminal=True))
    return screen


def test_the_lines_of_epochs_stand_above_the_bar(screen, monkeypatch):
    """Printed behind the bar they would be wiped out with it."""
    monkeypatch.setattr(sys, "stdout", screen)
    with terminal.reported(epochs=2) as report:
        report(1, 2, {"epoch": 1, "loss": 1.0, "accuracy": 0.5, "seconds": 1.0})
    with finetuning.shown() as shown:
        shown.update(1, 2)
        shown.epoch(Epoch("head", 1, 2, loss=1.0, accuracy=0.5))
    for line in ("epoch 1/2: loss 1.0000", "head alone, epoch 1/2: loss 1.0000"):
        assert re.search(rf"(\n|\r|\x1b\[2K){line}", screen.getvalue())


@pytest.mark.slow
def test_answers_that_go_into_a_file_stay_out_of_the_bar(screen, monkeypatch):
    file = io.StringIO()
    monkeypatch.setattr(sys, "stdout", file)
    with terminal.bar() as bar:
        bar.add_task("working")
        print("answer")
    assert file.getvalue() == "answer\n"
    assert "answer" not in screen.getvalue()


def test_what_trains_has_onednn_unless_the_environment_says_otherwise(monkeypatch):
    monkeypatch.setattr(quiet, "sys", types.SimpleNamespace(modules={}, stderr=None))  # as if Keras were not loaded
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    quiet.start(training=True)
    assert os.environ.pop("TF_ENABLE_ONEDNN_OPTS") == "0"
    quiet.start()
    assert "TF_ENABLE_ONEDNN_OPTS" not in os.environ
    quiet.start(training=True)
    assert os.environ["TF_ENABLE_ONEDNN_OPTS"] == "1"
