"""The folder that fine-tuning writes: checked before anything is done, and written whole or not at all."""

import contextlib
import os
import pathlib
import tempfile
from collections.abc import Iterator

from zoo.data import files
from zoo.weights import preset

MODEL, METRICS, CONFUSION = "model.keras", "metrics.json", "confusion.png"
FILES = (preset.CARD, preset.TENSORS, MODEL, METRICS, CONFUSION, preset.CONFIG)
"""What is written, in the order in which it comes into a folder that exists: the last makes it a preset."""


def check(out: str | os.PathLike) -> pathlib.Path:
    """The path of a folder that can be written. Nothing is left there by the trial.

    Raises ``FileExistsError`` if it holds one of the files already, ``OSError`` if it cannot be written.
    """
    path = pathlib.Path(out).expanduser()
    held = [name for name in FILES if (path / name).exists()]
    if held:
        what = "a fine-tuned model" if {preset.CONFIG, MODEL} & {*held} else ", ".join(held)
        raise FileExistsError(f"{path} holds {what} already. Choose another folder.")
    there = next(each for each in (path, *path.absolute().parents) if os.path.lexists(each))
    if not there.is_dir():
        raise NotADirectoryError(f"{there} is no folder, so {path} cannot be written. Choose another folder.")
    with tempfile.TemporaryDirectory(dir=there, prefix=files.STAGE):
        return path


@contextlib.contextmanager
def whole(out: str | os.PathLike) -> Iterator[pathlib.Path]:
    """A folder to write ``FILES`` into, which is moved to ``out`` when the block ends without an error.

    It stands beside ``out``, and in it if ``out`` exists: that may be all there is of its disk, as with a volume.
    """
    path = check(out)
    exists = path.is_dir()
    home = path if exists else path.absolute().parent
    home.mkdir(parents=True, exist_ok=True)
    with files.staged(home) as partial:
        staged = partial / "model"
        staged.mkdir()
        yield staged
        if exists:
            for name in FILES:
                (staged / name).replace(path / name)
        else:
            staged.rename(path)
