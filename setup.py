"""Puts the small released files into the wheel; all metadata is in pyproject.toml."""

import json
import pathlib
import shutil

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = pathlib.Path(__file__).resolve().parent
LARGEST = 10_000_000  # bytes; larger files are downloaded on first use, once there is a host


class BuildWithWeights(build_py):
    """Copies the files that the manifest names into ``zoo/weights/files`` of the wheel, emptied first."""

    def run(self):
        super().run()
        if self.editable_mode:  # an editable install finds them in the checkout
            return
        target = pathlib.Path(self.build_lib, "zoo", "weights", "files")
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        for row in json.loads((ROOT / "zoo" / "weights" / "manifest.json").read_text("utf-8")):
            if row["bytes"] < LARGEST and ".seed" not in row["name"]:  # further seeds stay in the checkout
                shutil.copy(ROOT / "weights" / row["file"], target)


setup(cmdclass={"build_py": BuildWithWeights})
