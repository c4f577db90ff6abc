"""The folder that fine-tuning writes is whole or not there, also on a full disk and after Ctrl-C."""

import errno
import json
import shlex
import shutil
import signal

import numpy as np
import pytest
from PIL import Image

import zoo
from zoo import applications
from zoo.cli import finetuning
from zoo.training.finetuning import output
from zoo.training.signals import stop_on_signals


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A network that is trained in seconds, as a file."""
    path = tmp_path_factory.mktemp("tiny") / "tiny.keras"
    applications.LMResNet(weights=None, depth=8, input_shape=(8, 8, 3), classes=5).save(path)
    return path


@pytest.fixture
def sky(tmp_path):
    """Ten pictures in a folder whose name a shell would split."""
    folder = tmp_path / "my sky's"
    for number, name in enumerate(("day", "night")):
        (folder / name).mkdir(parents=True)
        for i in range(5):
            Image.fromarray(np.full((8, 8, 3), 20 * i + 150 * number, np.uint8)).save(folder / name / f"{i}.png")
    return folder


@pytest.mark.slow
def test_it_says_how_far_it_is_and_every_command_that_it_prints_runs(run, sky, tiny, tmp_path):
    epochs = ("--head-epochs", 1, "--epochs", 1)
    options = ("--learning-rate", 0.02, "--batch-size", 4, "--validation", 0.4, "--no-augment")
    code, out, err = run("finetune", sky, "--out", tmp_path / "new model", "--model", tiny, *epochs, *options)
    assert code == 0, err
    assert err.splitlines()[:2] == [f"loading {tiny}", "reading pictures: 0 of 10"]
    assert err.splitlines()[-1] == "reading pictures: 10 of 10"
    head, whole, answer, *following = out.splitlines()
    assert head.startswith("head alone, epoch 1/1: loss ")
    assert whole.startswith("whole network, epoch 1/1: loss ")
    assert "held out" in head
    assert answer.endswith("of 4 pictures held out")
    metrics = json.loads((tmp_path / "new model" / "metrics.json").read_text("utf-8"))
    for name, value in {"learning_rate": 0.02, "batch_size": 4, "augment": False, "trained on": 6}.items():
        assert metrics[name] == value
    commands = [shlex.split(line.removeprefix("Next:")) for line in following]
    assert [words[:2] for words in commands] == [["zoo", each] for each in ("predict", "evaluate", "show", "export")]
    for words in commands:
        code, _, err = run(*words[1:])
        assert code == 0, err


@pytest.mark.slow
def test_pictures_that_evaluate_would_refuse_are_not_sent_there(run, sky, tiny, tmp_path):
    (sky / "day" / "broken.png").write_text("no picture")
    code, out, err = run("finetune", sky, "--out", tmp_path / "m", "--model", tiny, "--head-epochs", 0, "--epochs", 0)
    assert code == 0, err
    assert "zoo evaluate" not in out
    assert "zoo predict" in out


def test_a_picture_beside_the_folders_is_told(run, sky, tiny, tmp_path):
    shutil.copy(next((sky / "day").iterdir()), sky / "stray.png")
    arguments = ("--model", tiny, "--head-epochs", 0, "--epochs", 0)
    code, out, err = run("finetune", sky, "--out", tmp_path / "m", *arguments)
    assert code == 0, err
    assert f"{sky / 'stray.png'}: lies beside the folders of the classes, so it has no class" in err
    assert "zoo evaluate" not in out
    code, out, err = run("evaluate", tmp_path / "m", "--data", sky)
    assert code == 1
    assert "top-1" in out  # of the pictures that have a class
    assert "stray.png: lies beside the folders of the classes" in err


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_in_the_training_keeps_what_there_is(run, monkeypatch, heard, sky, tiny, tmp_path, number):
    monkeypatch.setattr(
        finetuning.Shown, "update", lambda shown, done, total: done == 3 and signal.raise_signal(number)
    )
    before = signal.getsignal(number)
    arguments = ("--model", tiny, "--head-epochs", 4, "--batch-size", 4)
    code, out, err = run("finetune", sky, "--out", tmp_path / "m", *arguments)
    assert code == 130
    assert "stopping in head alone, epoch 2/4: measuring and saving what there is" in err
    assert "Stopped in head alone, epoch 2/4; what there was then is saved." in out
    assert "zoo predict" in out
    metrics = json.loads((tmp_path / "m" / "metrics.json").read_text("utf-8"))
    assert metrics["stopped"] == {"phase": "head", "epoch": 2, "of": 4}
    assert zoo.labels(zoo.load(tmp_path / "m")) == ("day", "night")
    assert signal.getsignal(number) is before


def test_a_signal_that_is_ignored_stays_ignored():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with stop_on_signals() as stop:
            signal.raise_signal(signal.SIGINT)
            assert not stop.is_set()
            signal.raise_signal(signal.SIGTERM)
            assert stop.is_set()
    finally:
        signal.signal(signal.SIGINT, before)


def test_ctrl_c_before_the_training_leaves_nothing(run, monkeypatch, heard, sky, tiny, tmp_path):
    monkeypatch.setattr(finetuning.Shown, "reading", lambda shown, done, total: signal.raise_signal(signal.SIGINT))
    before = set(tmp_path.iterdir())
    code, out, err = run("finetune", sky, "--out", tmp_path / "m", "--model", tiny)
    assert (code, out) == (130, "")
    assert err.endswith("Interrupted before the training: nothing is written.\n")
    assert set(tmp_path.iterdir()) == before


@pytest.mark.slow
def test_a_full_disk_leaves_nothing_and_the_repeat_works(run, monkeypatch, sky, tiny, tmp_path):
    def full(model, folder, **facts):
        assert (folder / "model.keras").exists(), "the disk is full after the first files"
        raise OSError(errno.ENOSPC, "No space left on device")

    before = set(tmp_path.iterdir())
    command = ("finetune", sky, "--out", tmp_path / "m", "--model", tiny, "--head-epochs", 0, "--epochs", 0)
    with monkeypatch.context() as patch:
        patch.setattr(applications, "save", full)
        code, _, err = run(*command)
    assert code == 1
    assert "No space left on device" in err
    assert set(tmp_path.iterdir()) == before
    code, _, err = run(*command)
    assert code == 0, err


def test_a_folder_that_exists_gets_all_files_or_none(tmp_path):
    (tmp_path / "mine.txt").write_text("kept")
    with pytest.raises(FileNotFoundError), output.whole(tmp_path) as staged:
        (staged / "no folder" / output.MODEL).write_text("torn")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    with output.whole(tmp_path) as staged:
        for name in output.FILES:
            (staged / name).write_text("whole")
    assert {path.name for path in tmp_path.iterdir()} == {"mine.txt", *output.FILES}
    with pytest.raises(FileExistsError, match="holds a fine-tuned model already"):
        output.check(tmp_path)


@pytest.mark.slow
def test_a_folder_that_cannot_be_made_is_found_by_the_check(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(NotADirectoryError, match="is no folder"):
        output.check(tmp_path / "file" / "m")
    output.check(tmp_path / "new" / "m")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
