"""The wheel carries what `import zoo` needs without a network, and nothing else."""

import shutil
import subprocess
import sys
import tomllib

import rules
from packaging.requirements import Requirement

import zoo

LARGEST = 10_000_000
"""Bytes of a weight file that still travels in the wheel."""


def test_the_wheel_carries_exactly_the_files_of_the_manifest(tmp_path):
    build = [sys.executable, "setup.py", "-q", "build", "--build-base", str(tmp_path / "build")]
    package = tmp_path / "build" / "lib" / "zoo"
    files = package / "weights" / "files"
    files.mkdir(parents=True)
    for stale in ("stale.weights.h5", "stale.safetensors"):
        (files / stale).write_bytes(b"")
    (package / "deleted.py").write_text("")
    subprocess.run(build, cwd=rules.ROOT, check=True, capture_output=True)
    assert not (package / "deleted.py").exists()
    assert {path.name for path in files.iterdir()} == {c.file.name for c in zoo.weights.trained() if travels(c)}
    assert (package / "weights" / "manifest.json").exists()
    assert (package / "py.typed").exists()
    assert (package / "applications" / "__init__.pyi").exists()


def test_a_file_that_is_not_the_released_one_stops_the_build(tmp_path):
    checkout = tmp_path / "checkout"
    for part in ("setup.py", "pyproject.toml", "README.md", "LICENSE", "zoo", "weights"):
        (shutil.copytree if (rules.ROOT / part).is_dir() else shutil.copy)(rules.ROOT / part, _made(checkout) / part)
    damaged = next((checkout / "weights").glob("resnet20-cifar10-*"))
    damaged.write_bytes(bytes(damaged.stat().st_size))
    build = [sys.executable, "setup.py", "-q", "build", "--build-base", str(tmp_path / "build")]
    done = subprocess.run(build, cwd=checkout, capture_output=True, text=True)
    assert done.returncode != 0
    assert f"{damaged.name} is not the released file" in done.stderr


def test_what_changed_its_interface_has_a_lower_bound():
    with open(rules.ROOT / "pyproject.toml", "rb") as file:
        needed = [Requirement(line) for line in tomllib.load(file)["project"]["dependencies"]]
    lines = (rules.ROOT / "requirements-jax.txt").read_text("utf-8").splitlines()
    without_tensorflow = [Requirement(line) for line in lines if not line.startswith("#")]
    for requirements in (needed, without_tensorflow):
        bounded = {each.name for each in requirements if any(bound.operator == ">=" for bound in each.specifier)}
        assert {"keras", "pillow", "h5py", "pooch", "safetensors", "filelock", "typer"} <= bounded
    assert {str(each) for each in without_tensorflow} - {"jax"} <= {str(each) for each in needed}


def _made(folder):
    folder.mkdir(exist_ok=True)
    return folder


def travels(checkpoint):
    """Headline files do, further seeds do not."""
    return checkpoint.file.bytes < LARGEST and ".seed" not in checkpoint.name
