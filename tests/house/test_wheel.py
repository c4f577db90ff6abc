"""The wheel carries what `import zoo` needs without a network, and nothing else."""

import subprocess
import sys

import rules

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
    subprocess.run(build, cwd=rules.ROOT, check=True, capture_output=True)
    assert {path.name for path in files.iterdir()} == {c.file for c in zoo.weights.available() if travels(c)}
    assert (package / "weights" / "manifest.json").exists()
    assert (package / "py.typed").exists()


def travels(checkpoint):
    """A headline file that is small; further seeds stay in the checkout."""
    return checkpoint.bytes < LARGEST and ".seed" not in checkpoint.name
