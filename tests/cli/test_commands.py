"""What a command says before it loads anything, what it lists, verifies and completes."""

import pathlib

import pytest
from test_light import called

import zoo

NAME = "lm_resnet20-cifar10"
PACKAGE = str(pathlib.Path(zoo.__file__).parent)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("train", "lm_resnet20-cifar"), "Did you mean 'lm_resnet20-cifar10'?"),
        (("finetune", "x", "--out", "y", "--model", "resnet2O"), "Did you mean 'resnet20'?"),
        (("finetune", "nofolder", "--out", "y"), "nofolder"),
        (("finetune", PACKAGE, "--out", f"{PACKAGE}/_check.py/y"), "_check.py is no folder"),
        (("finetune", PACKAGE, "--out", "y", "--validation", "1"), "greater than 0 and less than 1"),
        (("finetune", PACKAGE, "--out", "y", "--learning-rate", "-1"), "learning_rate must be greater than 0"),
        (("finetune", PACKAGE, "--out", "y", "--batch-normalization", "freeze"), "Did you mean 'frozen'?"),
        (("export", "./nowhere", "--out", "x"), "nothing at ./nowhere"),
        (("list", "nothing"), "No released model matches"),
        (("list", "--dataset", "cifar"), "Did you mean 'cifar10'?"),
        (("list", "--all", "--json"), "leave one of them out"),
        (("list", "--task", "densities"), "Did you mean 'density'?"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_mistake_is_found_before_a_backend_is_loaded(arguments, message):
    code, heavy, out, err = called(*arguments)
    assert (code, heavy, out) == (1, [], "")
    assert message in err
    assert len(err.splitlines()) == 1


def test_a_mistyped_name_is_told_where_all_names_are(run):
    assert "in all: zoo list)" in run("predict", "a.png", "--model", "lm_resnet2O-cifar10")[2]
    assert "in all: zoo list)" in run("weights", "fetch", "lm-resnet20")[2]
    assert "in all: zoo list --all)" in run("show", "lm_resnet5")[2]


def test_list_names_what_has_no_release_if_asked(run):
    assert "revnet110" not in run("list")[1]
    code, out, _ = run("list", "revnet*", "--all")
    assert code == 0
    assert "revnet110" in out
    assert NAME not in out
    code, _, err = run("list", "nothing", "--all")
    assert code == 1
    assert err.startswith("Error: No model matches")
    assert "Did you mean 'cifar10'" in run("list", "--all", "--dataset", "cifar1O")[2]
    assert run("list", "nothing", "--json")[1].strip() == "[]"


def test_densities_are_listed_and_shown(run):
    _, out, _ = run("list", "--task", "density")
    assert "ffjord-8gaussians" in out
    assert "nats" in out
    assert NAME not in out
    assert "ffjord" in run("list", "--dataset", "moons", "--all")[1]
    _, out, _ = run("show", "ffjord-8gaussians")
    assert "log p(x) = log N(z)" in out
    assert "multiply-accumulates a point" in out
    assert "nll          2.8" in out


def test_show_gives_the_figures_of_the_release(run):
    row = zoo.weights.get(NAME)
    (metric,) = row.metrics
    _, out, _ = run("show", NAME)
    assert f"parameters   {row.parameters:,}\n" in out
    assert f"{metric.value:.2f} % ({metric.mean:.2f} ± {metric.sd:.2f} over {metric.n} seeds)" in out
    for words in (
        f"{row.macs / 1e6:.1f} M",
        f"{row.file.bytes:,} bytes",
        row.licence,
        "trained on cifar10",
        "LMResNet(",
    ):
        assert words in out
    assert "{" not in out


def test_verify_finds_a_damaged_copy_beside_an_intact_one(run, released):
    checkpoint, _, path = released
    code, out, err = run("weights", "verify")
    assert (code, out, err) == (0, f"{checkpoint.name}: {path}\n", "")
    cached = zoo.weights.home() / "weights" / checkpoint.file.name
    cached.parent.mkdir(parents=True)
    cached.write_bytes(b"damaged")
    code, out, err = run("weights", "verify", checkpoint.name)
    assert (code, out) == (1, f"{checkpoint.name}: {path}\n")
    assert err == f"{checkpoint.name}: {cached} has 7 bytes. Expected: {checkpoint.file.bytes:,}.\n"
    cached.write_bytes(bytes(checkpoint.file.bytes))
    code, out, err = run("weights", "verify", checkpoint.name)
    assert err.startswith(f"{checkpoint.name}: {cached}: expected sha256 {checkpoint.file.digest.value}")
    cached.unlink()
    path.unlink()
    code, out, err = run("weights", "verify")
    assert (code, out) == (1, "")
    assert err == f"{checkpoint.name}: no copy here (zoo weights fetch {checkpoint.name})\n"


@pytest.mark.parametrize(
    "line", ["zoo evaluate odenet", "zoo predict a.png --model odenet", "zoo weights fetch odenet"]
)
def test_names_of_releases_are_completed(line):
    words = {"_ZOO_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(line.split()) - 1)}
    _, heavy, out, _ = called(**words)
    assert heavy == []
    assert out.split() == [c.name for c in zoo.weights.available() if c.name.startswith("odenet")]
