"""``zoo serve``."""

import pathlib
import tempfile
from typing import Annotated

import typer

from zoo.cli import models, quiet
from zoo.cli.command import command


@command("serve")
def serve(
    model: Annotated[
        str,
        typer.Argument(
            metavar="DIR|MODEL",
            help="A folder that `zoo export` wrote; or a MODEL, which is exported first.",
            autocompletion=models.names,
            show_default=False,
        ),
    ],
    host: Annotated[str, typer.Option(help="Address to listen on; by default only this machine.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8501,
    dial: Annotated[list[str] | None, typer.Option(help="A further setting of a MODEL, as of `zoo export`.")] = None,
) -> None:
    """Serve a model on this machine: TensorFlow Serving's REST, and a page to try it on. For development.

    Example: zoo serve odenet_mnist-mnist --dial euler:steps=1 --dial midpoint:steps=2
    """
    from zoo.serving.server.serve import serve as run

    folder = pathlib.Path(model).expanduser()
    if any(folder.glob("*/saved_model.pb")):
        if dial:
            raise ValueError(f"{folder} is exported already, with its own dial. Give --dial to `zoo export` instead.")
        quiet.start()
        run(folder, host, port)
        return
    network = models.load(model)
    from zoo import serving

    with tempfile.TemporaryDirectory() as place:
        exported = serving.export(network, pathlib.Path(place) / network.name, dial=dial or ())
        run(exported.parent, host, port)
