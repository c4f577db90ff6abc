"""The command line: what is printed where, exit codes, and one clear line for bad input."""

import io
import json
import os
import pathlib
import shutil
import subprocess
import sys

import keras
import numpy as np
import pytest
from descriptors import SCHEMES
from PIL import Image

import zoo
from zoo import layers
from zoo.cli import models
from zoo.release import reproduce
from zoo.serving import prediction as predict
from zoo.training import recipes

ROOT = pathlib.Path(__file__).resolve().parents[2]
PICTURES = ROOT / "docs" / "images"
NAME = "lm_resnet20-cifar10"


def write_npz(path, n=20):
    """The first n pictures of what might be CIFAR-10."""
    files = sorted((PICTURES / "cifar10").iterdir())
    images = np.stack([np.asarray(Image.open(file)) for file in files])
    labels = np.array([zoo.weights.get(NAME).task.classes.index(file.stem) for file in files])
    repeated = np.arange(n) % len(files)
    np.savez(path, x_train=images[repeated], y_train=labels[repeated], x_test=images, y_test=labels)
    return path


# predict


@pytest.mark.slow
def test_predict_names_the_shipped_pictures(run):
    code, out, _ = run("predict", PICTURES, "--json")
    results = json.loads(out)
    assert code == 0
    best = {pathlib.Path(r["image"]): r["predictions"][0]["label"] for r in results}
    right = [path.stem == label for path, label in best.items() if path.parent.name == "cifar10"]
    assert len(right) == 10
    assert sum(right) >= 9
    assert best[PICTURES / "photos" / "chelsea.png"] == "cat"


@pytest.mark.slow
def test_predict_json_is_a_list_of_images_and_predictions(run):
    path = PICTURES / "cifar10" / "ship.png"
    _, out, _ = run("predict", path, "--json", "--top", "2", "--model", NAME)
    (result,) = json.loads(out)
    assert result["image"] == str(path)
    first, second = result["predictions"]
    assert set(first) == {"label", "probability"}
    assert 1 >= first["probability"] >= second["probability"] >= 0
    model = zoo.load(NAME)
    expected = zoo.predict(model, np.asarray(Image.open(path))).probabilities[0]
    assert first["probability"] == pytest.approx(expected.max(), rel=1e-4)


@pytest.mark.slow
def test_predict_says_where_it_is_unsure(run):
    path = PICTURES / "cifar10" / "ship.png"
    _, out, _ = run("predict", path, "--min-confidence", "1")
    assert out.startswith(f"{path}: unsure: ship")
    assert "unsure" not in run("predict", path, "--min-confidence", "0.5")[1]


def test_predict_reports_unreadable_files_and_goes_on(run, tmp_path):
    (tmp_path / "text.png").write_text("no picture")
    good = PICTURES / "cifar10" / "frog.png"
    code, out, err = run("predict", tmp_path / "text.png", good, tmp_path / "absent.jpg")
    assert code == 1
    assert out.startswith(f"{good}: frog")
    assert f"{tmp_path / 'text.png'}: not a readable picture" in err
    assert f"{tmp_path / 'absent.jpg'}: no such file" in err
    code, out, _ = run("predict", "--json", tmp_path / "text.png", good)
    broken, fine = json.loads(out)
    assert code == 1
    assert set(broken) == {"image", "error"}
    assert fine["predictions"][0]["label"] == "frog"


@pytest.mark.slow
def test_predict_takes_more_pictures_than_one_chunk(run, monkeypatch):
    monkeypatch.setattr(predict, "CHUNK", 4)
    chunked = run("predict", PICTURES / "cifar10", "--json")[1]
    monkeypatch.setattr(predict, "CHUNK", 64)
    for one, other in zip(
        json.loads(chunked), json.loads(run("predict", PICTURES / "cifar10", "--json")[1]), strict=True
    ):
        assert one["image"] == other["image"]
        assert [p["label"] for p in one["predictions"]] == [p["label"] for p in other["predictions"]]


@pytest.mark.slow
def test_predict_takes_a_picture_from_standard_input(run, monkeypatch):
    ship = PICTURES / "cifar10" / "ship.png"
    named = run("predict", ship)[1].removeprefix(str(ship))
    for content, answer in ((ship.read_bytes(), (0, f"-{named}", "")), (b"", (1, "", "-: not a readable picture"))):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
        code, out, err = run("predict", "-")
        assert (code, out, err[: len(answer[2])]) == answer


@pytest.mark.slow
def test_the_installed_command_prints_its_answer_and_nothing_else():
    """TensorFlow's start-up lines do not show; in a process of its own."""
    command = pathlib.Path(sys.executable).with_name("zoo")
    picture = PICTURES / "cifar10" / "ship.png"
    done = subprocess.run([command, "predict", picture, "--json"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0
    assert json.loads(done.stdout)[0]["predictions"][0]["label"] == "ship"
    assert done.stderr.strip() == ""


@pytest.mark.slow
def test_a_closed_stderr_loses_no_answer():
    command = pathlib.Path(sys.executable).with_name("zoo")
    picture = PICTURES / "cifar10" / "ship.png"
    done = subprocess.run(f"'{command}' predict '{picture}' 2>&-", shell=True, capture_output=True, text=True)
    assert done.returncode == 0
    assert done.stdout.startswith(f"{picture}: ship")


@pytest.mark.slow
def test_a_file_name_that_is_no_text_loses_no_answer(run, tmp_path):
    odd = tmp_path / "odd\udcff.png"
    shutil.copy(PICTURES / "cifar10" / "ship.png", odd)
    code, out, _ = run("predict", tmp_path, "--json")
    assert code == 0
    (result,) = json.loads(out)
    assert result["image"] == str(odd)
    code, out, _ = run("predict", tmp_path)
    assert code == 0
    assert "ship" in out


def test_what_a_terminal_would_obey_is_written_out(run, tmp_path):
    """A name that clears the screen, one that begins a second line, and one of another script."""
    names = ["\x1b[2J.png", "a\nall is well.png", "grün 猫.png"]
    for name in names:
        shutil.copy(PICTURES / "cifar10" / "ship.png", tmp_path / name)
    (tmp_path / "\x1b]0;x\x07.png").write_text("no picture")
    code, out, err = run("predict", tmp_path)
    assert code == 1
    assert not set("\x1b\x07") & set(out + err)
    assert len(out.splitlines()) == 3
    for written in (r"\x1b[2J.png", r"a\nall is well.png", "grün 猫.png"):
        assert written in out
    assert r"\x1b]0;x\x07.png: not a readable picture" in err
    _, _, err = run("evaluate", "\x1b[2J")
    assert "\x1b" not in err


def test_a_folder_that_may_not_be_read_is_reported(run, tmp_path, monkeypatch):
    for folder in ("open", "secret"):
        (tmp_path / folder).mkdir()
        shutil.copy(PICTURES / "cifar10" / "ship.png", tmp_path / folder)
    scandir = os.scandir

    def refusing(path="."):
        if str(path).endswith("secret"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    code, out, err = run("predict", tmp_path)
    assert code == 1
    assert "open/ship.png: ship" in out
    assert f"{tmp_path / 'secret'}: not a readable picture: Permission denied" in err


@pytest.mark.slow
def test_a_user_without_a_home_can_predict(tmp_path):
    """As in a container that runs under a bare number; only the number is root's here, whose home is looked up."""
    program = (
        "import os, pwd, sys; os.environ.pop('HOME', None); os.environ.pop('ZOO_HOME', None)\n"
        "def unknown(number): raise KeyError(number)\n"
        "pwd.getpwuid = unknown\n"
        "from zoo.cli.main import main\n"
        "sys.argv = ['zoo', 'predict', sys.argv[1]]\n"
        "main()"
    )
    command = [sys.executable, "-c", program, PICTURES / "cifar10" / "ship.png"]
    path = {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env={**os.environ, **path})
    assert done.returncode == 0, done.stderr
    assert "ship.png: ship" in done.stdout
    assert list(tmp_path.iterdir()) == [], "Keras makes a folder named ~"


def test_an_import_that_fails_shows_what_was_held_back(tmp_path):
    script = (
        "import os\nfrom zoo.cli import quiet\n"
        "with quiet.stderr_held_back():\n    os.write(2, b'from C')\n    raise OSError(7)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert "from C" in done.stderr
    assert "OSError: 7" in done.stderr


def test_a_solve_that_fails_in_a_graph_is_one_line(run, monkeypatch):
    """A network with ``on_failure="raise"`` raises an error of TensorFlow with the stack of the graph before it."""
    network = keras.Sequential(
        [keras.Input((8, 8, 3)), layers.ODE(keras.layers.Dense(3), max_steps=1, on_failure="raise")]
    )
    monkeypatch.setattr(models, "load", lambda name: network)
    code, out, err = run("predict", PICTURES / "cifar10" / "ship.png")
    assert (code, out) == (1, "")
    assert err.startswith("Error: The solve from t = 0 to 1 ended at t = ")
    assert "Raise max_steps=" in err
    assert len(err.strip().splitlines()) == 1


# list, show, evaluate, train, weights


def test_list(run):
    code, out, _ = run("list", "--json")
    assert code == 0
    assert [row["name"] for row in json.loads(out)] == zoo.list_models(pretrained=True)
    code, out, _ = run("list", "*resnet*", "--dataset", "cifar10", "--all")
    assert "272,384" in out
    assert "odenet" not in out
    assert "resnet164" in out


@pytest.mark.slow
def test_schemes_are_those_whose_mathematics_is_measured(run):
    code, out, _ = run("schemes", "--json")
    assert code == 0
    rows = {row["scheme"]: row for row in json.loads(out)}
    assert (rows["RungeKutta, rk4"]["order"], rows["RungeKutta, rk4"]["evaluations"]) == (4, 4)
    assert rows["RungeKutta, rk4"]["real_limit"] == pytest.approx(2.785, abs=1e-3)
    assert rows["ForwardEuler"]["formula"] == "u⁺ = u + h f(u)"
    euler = {"ResNet", "ResNeXt", "ResNetMNIST", "ResNetV1", "ResNetV2", "ResNeXtV1"}
    assert set(rows["ForwardEuler"]["networks"]) == euler
    assert all("=" in row["formula"] for row in rows.values())
    assert rows["RungeKutta, rk4"]["networks"] == ["RKNetMNIST", "RKNetCIFAR"]
    assert "ODENetMNIST" in rows["ODE, dopri5"]["networks"]
    assert (rows["Fractal"]["order"], rows["Fractal"]["networks"]) == (None, ["FractalNet", "FractalNetImageNet"])
    heun = rows["Fractal, u beside two Euler steps"]
    assert (heun["order"], heun["networks"]) == (2, [])
    code, out, _ = run("schemes")
    assert all(name in out for name in rows)
    measured = {row.name.split()[0] for row in SCHEMES} | {
        "LinearMultistep",
        "ODE",
    }  # in test_schemes.py and test_rediscretize.py
    assert {name.split(",")[0] for name in rows} == measured


@pytest.mark.slow
def test_the_trained_k_of_a_released_network(run):
    _, out, _ = run("show", NAME)
    k = zoo.applications.learned_k(zoo.load(NAME))
    assert list(k) == [f"stage{stage}_block{block}" for stage in (1, 2, 3) for block in (2, 3)]
    assert all(f"{block}: k = {value}" in out for block, value in k.items())
    assert zoo.applications.learned_k(zoo.applications.ResNet(weights=None, depth=8)) == {}


@pytest.mark.slow
def test_show_a_released_model_and_a_variant(run):
    code, out, _ = run("show", NAME)
    assert code == 0
    assert out.startswith("u⁺ = (1 − k) u + k u⁻ + f(u)")
    assert zoo.weights.get(NAME).file.digest.value in out
    assert "stage3_block3" in out
    code, out, _ = run("show", "resnet32")
    assert code == 0
    assert out.startswith("u⁺ = u + h f(u)")


@pytest.mark.slow
def test_show_where_depth_pays(run, tmp_path):
    code, out, _ = run("show", NAME, "--truncation")
    assert code == 0
    assert all(f"stage {stage}: {steps} step(s), truncation error" in out for stage, steps in ((1, 3), (2, 2), (3, 2)))
    _, other, _ = run("show", NAME, "--truncation", "--data", write_npz(tmp_path / "ten.npz"))
    assert "stage3_block3: 1 step(s), error" in other
    assert out != other
    code, _, err = run("show", "resnet32", "--truncation")
    assert code != 0
    assert "Received: resnet32, which has none" in err
    assert "--data is for --truncation and --dial" in run("show", NAME, "--data", tmp_path / "ten.npz")[2]


@pytest.mark.slow
def test_evaluate_on_an_npz_file_and_on_folders(run, tmp_path):
    _, out, _ = run("evaluate", NAME, "--data", write_npz(tmp_path / "ten.npz"))
    assert "of 10 pictures" in out
    for file in (PICTURES / "cifar10").iterdir():
        folder = tmp_path / "pictures" / file.stem
        folder.mkdir(parents=True)
        shutil.copy(file, folder)
    assert run("evaluate", NAME, "--data", tmp_path / "pictures")[1] == out
    (tmp_path / "pictures" / "zebra").mkdir()
    code, _, err = run("evaluate", NAME, "--data", tmp_path / "pictures")
    assert code == 1
    assert "zebra" in err
    assert "airplane" in err


@pytest.mark.slow
def test_train_reads_the_recipe_and_measures_once(run, tmp_path):
    path = write_npz(tmp_path / "few.npz", n=260)
    code, out, _ = run("train", NAME, "--epochs", 1, "--data", path, "--out", tmp_path / "run")
    assert code == 0
    assert "of 10 pictures" in out
    assert json.loads((tmp_path / "run" / "recipe.json").read_text())["epochs"] == 1
    assert (tmp_path / "run" / "final.safetensors").exists()


def test_train_splits_the_cpu_before_anything_starts_it(tmp_path):
    """Three devices are had, and 128 pictures are not shared equally by them."""
    path = write_npz(tmp_path / "few.npz", n=260)
    options = ["--strategy", "mirrored", "--replicas", "3", "--data", path, "--out", tmp_path / "run"]
    done = subprocess.run([sys.executable, "-m", "zoo", "train", NAME, *options], capture_output=True, text=True)
    assert done.returncode == 1
    assert "batch_size=128 on 3 devices" in " ".join(done.stderr.split())


@pytest.mark.parametrize(("precision", "policy"), [("bfloat16", "mixed_bfloat16"), ("float32", "float32")])
def test_train_takes_a_precision_instead_of_the_recipes(run, tmp_path, monkeypatch, precision, policy):
    given = []

    def train(recipe, *arguments, **options):
        given.append(recipe)
        raise ValueError("far enough")

    monkeypatch.setattr(reproduce, "train", train)
    path = write_npz(tmp_path / "few.npz", n=20)
    code, _, err = run("train", "revnet38-cifar10", "--data", path, "--out", tmp_path, "--precision", precision)
    assert (code, "far enough" in err) == (1, True)
    assert recipes.get("revnet38-cifar10").mixed_precision == "mixed_bfloat16"
    assert given[0].mixed_precision == policy


@pytest.mark.slow
def test_train_measures_on_what_is_held_out(run, tmp_path):
    path = write_npz(tmp_path / "few.npz", n=260)
    command = ("train", NAME, "--epochs", 1, "--data", path, "--out", tmp_path / "held", "--validation", 10)
    code, out, _ = run(*command)
    assert code == 0
    measured = json.loads((tmp_path / "held" / "validation.json").read_text())
    assert measured["total"] == 10
    assert f"{measured['top-1']}" in out


def test_weights_list_and_fetch(run):
    code, out, _ = run("weights", "fetch", NAME)
    path = zoo.weights.home() / "weights" / zoo.weights.get(NAME).file.name
    assert code == 0
    assert out.strip() == str(path)
    assert zoo.weights.sha256(path) == zoo.weights.get(NAME).file.digest.value
    code, out, _ = run("weights", "list")
    assert code == 0
    assert NAME in out
    assert str(path) in out


# Bad input


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("predict", "a.png", "--model", "lm_resnet20-cifar1O"), "Did you mean 'lm_resnet20-cifar10'"),
        (("show", "lm_resnet2O"), "Did you mean 'lm_resnet20'"),
        (("evaluate", "nothing"), "Expected one of: lm_resnet20-cifar10"),
        (("predict", "a.png", "--model", "no/such/folder"), "nothing at no/such/folder"),
        (("evaluate", NAME, "--data", "absent.npz"), "No data file at absent.npz"),
        (("train", "lm_resnet20-cifar"), "Did you mean 'lm_resnet20-cifar10'"),
        (("weights", "fetch", "lm-resnet20"), "Did you mean 'lm_resnet20-cifar10'"),
        (("export", NAME, "--out", "/dev/null"), "/dev/null"),
        (("export", NAME, "--out", "/dev/null/x"), "Error: /dev/null/x: Not a directory"),
        (("evaluate", NAME, "--data", PICTURES / "cifar10" / "ship.png"), "is not a readable .npz file. Expected"),
        (("finetune", "nofolder", "--out", "x"), "nofolder does not exist. Expected a folder that holds one folder"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_1(run, arguments, message):
    code, out, err = run(*arguments)
    assert code == 1
    assert out == ""
    assert message in err
    assert len(err.strip().splitlines()) == 1
    assert "Traceback" not in err
    assert "Errno" not in err
    assert "pickle" not in err


def test_a_damaged_weight_file_is_one_line(run, monkeypatch, tmp_path):
    from zoo.weights import store as download

    monkeypatch.setattr(download, "PACKAGE", tmp_path / "a" / "b")
    cached = zoo.weights.home() / "weights" / zoo.weights.get(NAME).file.name
    cached.parent.mkdir(parents=True)
    cached.write_bytes(b"damaged")
    code, _, err = run("predict", PICTURES / "cifar10" / "ship.png")
    assert code == 1
    assert str(cached) in err
    assert zoo.weights.get(NAME).file.digest.value in err
    assert len(err.strip().splitlines()) == 1


@pytest.mark.parametrize(
    "command", ["", "list", "show", "predict", "evaluate", "train", "finetune", "export", "weights", "weights fetch"]
)
def test_help(run, command):
    code, out, _ = run(*command.split(), "--help")
    assert code == 0
    assert "Usage" in out
