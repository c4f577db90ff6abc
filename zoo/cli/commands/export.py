"""``zoo export``."""

import pathlib
from typing import Annotated

import typer

from zoo.cli import models
from zoo.cli.command import command


@command("export")
def export(
    model: models.Model,
    out: Annotated[str, typer.Option(help="Folder of the model; OUT/VERSION/saved_model.pb is written.")],
    version: Annotated[int, typer.Option(min=0, help="A server takes the highest.")] = 1,
) -> None:
    """Write a model as a TensorFlow SavedModel: pictures of any size in, named probabilities out."""
    network = models.load(model)
    from zoo import serving

    print(serving.saved_model(network, pathlib.Path(out) / str(version)))
