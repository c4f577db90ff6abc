"""MODEL on the command line: the NAME of a release, a preset wherever it lies, or a ``.keras`` file."""

import pathlib
from typing import TYPE_CHECKING, Annotated

import typer

from zoo import _check
from zoo.cli import quiet
from zoo.weights import available, locations

if TYPE_CHECKING:
    import keras

HELP = "A released model (see `zoo list`), a preset (a folder, https://…, hf://user/repo, s3://…), or a .keras file."
DEFAULT = "lm_resnet20-cifar10"
"""The model of commands that are given none."""


def names(incomplete: str) -> list[str]:
    """The released NAMEs that begin so, for the shell to complete; a path is completed by the shell itself."""
    return [checkpoint.name for checkpoint in available() if checkpoint.name.startswith(incomplete)]


Model = Annotated[str, typer.Argument(metavar="MODEL", help=HELP, show_default=False, autocompletion=names)]
ModelOption = Annotated[str, typer.Option("--model", metavar="MODEL", help=HELP, autocompletion=names)]


def check(model: str) -> None:
    """Raise ``ValueError`` for a mistyped NAME or a location that is not asked, and ``FileNotFoundError`` for a path
    without a file or folder.

    It reads the manifest alone, so that a mistake is found before anything heavy is imported.
    """
    if locations.is_elsewhere(model):
        locations.check(model)
    elif not locations.is_path(model):
        known = (name for checkpoint in available() for name in (checkpoint.name, checkpoint.variant))
        _check.known(model, dict.fromkeys(known), "model", "zoo list")
    elif not pathlib.Path(model).expanduser().exists():
        raise FileNotFoundError(f"There is nothing at {model}. Expected {locations.GRAMMAR}.")


def load(model: str) -> "keras.Model":
    """The model, checked first."""
    check(model)
    quiet.start()
    from zoo import applications

    return applications.load(model)
