"""``zoo predict``."""

import contextlib
import json
import pathlib
import shutil
import sys
import tempfile
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from zoo.cli import models, terminal
from zoo.cli.command import command


@command("predict")
def predict(
    images: Annotated[
        list[str], typer.Argument(metavar="IMAGE...", help="Picture files, folders, glob patterns, or - for stdin.")
    ],
    model: models.ModelOption = models.DEFAULT,
    top: Annotated[int, typer.Option(min=1, help="How many classes to name.")] = 3,
    min_confidence: Annotated[
        float, typer.Option(min=0, max=1, help='Answers whose largest probability is below it are called "unsure".')
    ] = 0.0,
    as_json: terminal.Json = False,
) -> None:
    """Say what is on pictures: PNG, JPEG, GIF, BMP or WebP of any size.

    A - is a picture from standard input. A file that cannot be read is reported and the others are still predicted;
    the exit code is then 1.

    Example: zoo predict photo.png holiday/ 'more/*.jpg' --top 1
    """
    network = models.load(model)
    from zoo import applications, serving
    from zoo.data import finding

    with _received(images) as (given, received):
        files = finding.find(given)
        answers = serving.predict_files(network, files, applications.labels(network), top, min_confidence)
        results = list(terminal.track(answers, "predicting", len(files)))
    results = [
        {key: value.replace(received, "-") if isinstance(value, str) else value for key, value in result.items()}
        for result in results
    ]
    (_print_json if as_json else _print_lines)(results)
    if any("error" in result for result in results):
        raise typer.Exit(1)


@contextlib.contextmanager
def _received(images: list[str]) -> Iterator[tuple[list[str], str]]:
    """The images with ``-`` as the path of a file that holds what stdin gives, and that path."""
    with tempfile.TemporaryDirectory() as folder:
        received = pathlib.Path(folder, "stdin")
        if "-" in images:
            with received.open("wb") as file:
                shutil.copyfileobj(sys.stdin.buffer, file)
        yield [str(received) if image == "-" else image for image in images], str(received)


def _print_json(results: list[dict[str, Any]]) -> None:
    print(json.dumps(results, indent=1))


def _print_lines(results: list[dict[str, Any]]) -> None:
    for result in results:
        if "error" in result:
            print(terminal.escaped(f"{result['image']}: {result['error']}"), file=sys.stderr)
        else:
            named = (f"{p['label']} {100 * p['probability']:.1f} %" for p in result["predictions"])
            unsure = "unsure: " if "unsure" in result else ""
            print(terminal.escaped(f"{result['image']}: {unsure}{', '.join(named)}"))
