"""``zoo serve``."""

import pathlib
from typing import Annotated

import typer

from zoo.cli import quiet
from zoo.cli.command import command


@command("serve")
def serve(
    folder: Annotated[pathlib.Path, typer.Argument(metavar="DIR", help="A folder that `zoo export` wrote.")],
    host: Annotated[str, typer.Option(help="Address to listen on; by default only this machine.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8501,
) -> None:
    """Serve a model on this machine: TensorFlow Serving's REST, and a page to try it on. For development."""
    quiet.start()
    from zoo.serving.server.serve import serve as run

    run(folder, host, port)
