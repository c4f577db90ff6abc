"""Fine-tuning from a folder of pictures, by the command line."""

import json

import keras
import numpy as np
import pytest
from PIL import Image

import zoo
from zoo.data import pictures

QUICKLY = ("--head-epochs", 12, "--learning-rate", 0.3)


def write(folder, n=12):
    generator = np.random.default_rng(0)
    for number, name in enumerate(("day", "nïght")):
        (folder / name).mkdir(parents=True)
        for i in range(n):
            picture = generator.integers(0, 90, (20 + i, 30, 3)) + 160 * (1 - number)
            Image.fromarray(picture.astype(np.uint8)).save(folder / name / f"{i}.png")


@pytest.mark.slow
def test_a_folder_becomes_a_model_its_labels_and_its_figures(run, tmp_path):
    write(tmp_path / "sky")
    (tmp_path / "sky" / "day" / "broken.jpg").write_text("no picture")
    code, out, err = run("finetune", tmp_path / "sky", "--out", tmp_path / "m", "--epochs", 1, *QUICKLY)
    assert code == 0, err
    assert f"{tmp_path / 'sky' / 'day' / 'broken.jpg'}: not a readable picture" in err
    assert "of 5 pictures held out" in out
    written = {path.name for path in (tmp_path / "m").iterdir()}
    assert written == {"README.md", "config.json", "model.safetensors", "model.keras", "metrics.json", "confusion.png"}
    metrics = json.loads((tmp_path / "m" / "metrics.json").read_text("utf-8"))
    assert metrics["trained on"] == 19
    assert metrics["top-1"] == 100
    assert set(metrics["classes"]) == {"day", "nïght"}
    assert pictures.read(tmp_path / "m" / "confusion.png").shape[0] > 200
    model = zoo.load(tmp_path / "m")
    for name, number in (("day", 0), ("nïght", 1)):
        picture = pictures.fit(pictures.read(tmp_path / "sky" / name / "0.png"), (32, 32))
        assert model.predict(picture[None], verbose=0).argmax() == number
    assert zoo.labels(model) == zoo.labels(keras.saving.load_model(tmp_path / "m" / "model.keras")) == ("day", "nïght")


@pytest.mark.slow
def test_what_comes_out_goes_into_every_command(run, tmp_path):
    write(tmp_path / "sky")
    out = tmp_path / "m"
    code, printed, err = run("finetune", tmp_path / "sky", "--out", out, "--epochs", 0, *QUICKLY)
    assert code == 0, err
    for model in (out, out / "model.keras"):
        code, printed, err = run("predict", tmp_path / "sky" / "day" / "0.png", "--model", model)
        assert (code, printed.split(": ")[1].split(" ")[0]) == (0, "day"), err
        code, printed, err = run("evaluate", model, "--data", tmp_path / "sky")
        assert code == 0, err
        assert "of 24 pictures" in printed
        code, printed, err = run("show", model)
        assert code == 0, err
        assert "day, nïght" in printed
        assert "trained from lm_resnet20-cifar10" in printed
    assert "classes of its own (day, nïght" in run("evaluate", out)[2]
    code, printed, err = run("export", out, "--out", tmp_path / "served")
    assert code == 0, err
    assert (tmp_path / "served" / "1" / "saved_model.pb").exists()
    code, printed, err = run("finetune", tmp_path / "sky", "--out", tmp_path / "again", "--model", out, "--epochs", 0)
    assert code == 0, err


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: None, "sky does not exist. Expected a folder that holds one folder"),
        (lambda folder: folder.write_text(""), "sky is no folder. Expected a folder that holds one folder"),
        (lambda folder: folder.mkdir(), "No folders in"),
        (lambda folder: (folder / "one").mkdir(parents=True), "at least two classes"),
        (lambda folder: [(folder / name).mkdir(parents=True) for name in "ab"], "No readable pictures"),
        (lambda folder: write(folder, n=1), "at least two readable pictures each. Received: day: 1"),
    ],
)
def test_folders_that_are_not_enough(run, tmp_path, make, message):
    make(tmp_path / "sky")
    code, out, err = run("finetune", tmp_path / "sky", "--out", tmp_path / "m")
    assert code == 1
    assert out == ""
    assert message in err
    assert not (tmp_path / "m").exists()


def test_a_mistyped_policy(run, tmp_path):
    write(tmp_path / "sky", n=2)
    code, _, err = run("finetune", tmp_path / "sky", "--out", tmp_path / "m", "--batch-normalization", "freeze")
    assert code == 1
    assert "Did you mean 'frozen'" in err
    assert not (tmp_path / "m").exists()


def test_an_earlier_result_is_kept(run, tmp_path):
    write(tmp_path / "sky", n=2)
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "model.keras").write_text("mine")
    code, _, err = run("finetune", tmp_path / "sky", "--out", tmp_path / "m")
    assert code == 1
    assert "holds a fine-tuned model already" in err
    assert [path.name for path in (tmp_path / "m").iterdir()] == ["model.keras"]
