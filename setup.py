"""Puts the small released files into the wheel; all metadata is in pyproject.toml."""

import hashlib
import json
import pathlib
import shutil

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = pathlib.Path(__file__).resolve().parent
LARGEST = 10_000_000  # bytes; larger files are downloaded on first use, once there is a host


class BuildWithWeights(build_py):
    """Builds the package anew, and copies the headline files of the manifest into its ``zoo/weights/files``."""

    def run(self):
        if self.editable_mode:  # an editable install finds everything in the checkout
            return super().run()
        shutil.rmtree(pathlib.Path(self.build_lib, "zoo"), ignore_errors=True)  # modules of an older build
        super().run()
        target = pathlib.Path(self.build_lib, "zoo", "weights", "files")
        target.mkdir(parents=True, exist_ok=True)
        for row in json.loads((ROOT / "zoo" / "weights" / "manifest.json").read_text("utf-8")):
            seed = row["provenance"].get("recipe", row["name"]) != row["name"]
            others = row["provenance"]["kind"] == "Converted"  # they are downloaded from where they were published
            if others or seed or row["file"]["bytes"] >= LARGEST:
                continue
            content = (ROOT / "weights" / row["file"]["name"]).read_bytes()
            if hashlib.sha256(content).hexdigest() != row["file"]["digest"]["value"]:
                raise SystemExit(f"weights/{row['file']['name']} is not the released file: its SHA-256 is another.")
            (target / row["file"]["name"]).write_bytes(content)


setup(cmdclass={"build_py": BuildWithWeights})
