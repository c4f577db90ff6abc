"""MODEL on the command line: the NAME of a release, a preset folder or a ``.keras`` file."""

from typing import TYPE_CHECKING, Annotated

import typer

from zoo import _check
from zoo.cli import quiet
from zoo.weights import available
from zoo.weights.paths import is_path

if TYPE_CHECKING:
    import keras

HELP = "A released model (see `zoo list`), the folder of a preset, or a .keras file."
DEFAULT = "lm_resnet20-cifar10"
"""The model of commands that are given none."""

Model = Annotated[str, typer.Argument(metavar="MODEL", help=HELP, show_default=False)]
ModelOption = Annotated[str, typer.Option("--model", metavar="MODEL", help=HELP)]


def load(model: str) -> "keras.Model":
    """The model; a mistyped NAME is found before anything heavy is imported."""
    if not is_path(model):
        names = [name for checkpoint in available() for name in (checkpoint.name, checkpoint.variant)]
        _check.known(model, dict.fromkeys(names), "model")
    quiet.start()
    from zoo import applications

    return applications.load(model)
