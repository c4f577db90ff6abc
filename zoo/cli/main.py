"""The ``zoo`` command line. Each command reads arguments, calls the library and prints."""

import json
import pathlib
import sys
from typing import Annotated

import rich.markup
import typer

import zoo
from zoo.cli import browse as cli_browse
from zoo.cli import terminal
from zoo.cli import train as cli_training
from zoo.cli import weights as cli_weights
from zoo.data import pictures
from zoo.serving import evaluate, export
from zoo.serving import prediction as predictions

app = typer.Typer(
    help="A Keras model zoo in which every network is a numerical method for u' = f(u).",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(cli_weights.app, name="weights")

Name = Annotated[str, typer.Argument(help="A released model, such as lm_resnet20-cifar10 (see `zoo list`).")]


def main():
    """Run the command line; an error of the user's is one message and exit code 1, without a traceback."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")  # a file name or u⁺ must not stop the answer
    try:
        app()
    except (ValueError, OSError, ArithmeticError, ImportError, RuntimeError) as error:
        terminal.messages.print(
            f"[bold red]Error:[/] {rich.markup.escape(str(error))}", highlight=False, soft_wrap=True
        )
        sys.exit(1)


app.command("list")(cli_browse.list_)
app.command()(cli_browse.show)
app.command()(cli_browse.schemes)


@app.command()
def predict(
    images: Annotated[list[str], typer.Argument(metavar="IMAGE...", help="Picture files, folders or glob patterns.")],
    model: Annotated[str, typer.Option(help="A released model (see `zoo list`).")] = terminal.DEFAULT,
    top: Annotated[int, typer.Option(min=1, help="How many classes to name.")] = 3,
    as_json: terminal.Json = False,
):
    """Say what is on pictures: PNG, JPEG, GIF, BMP or WebP of any size.

    A file that cannot be read is reported and the others are still predicted; the exit code is then 1.

    Example: zoo predict photo.png holiday/ 'more/*.jpg' --top 1
    """
    network = zoo.load(model)
    files = pictures.find(images)
    results = predictions.predict(network, files, model, top)
    results = list(terminal.track(results, "predicting", len(files)))
    (_print_json if as_json else _print_lines)(results)
    if any("error" in result for result in results):
        raise typer.Exit(1)


def _print_json(results):
    print(json.dumps(results, indent=1))


def _print_lines(results):
    for result in results:
        if "error" in result:
            print(f"{result['image']}: {result['error']}", file=sys.stderr)
        else:
            named = (f"{p['label']} {100 * p['probability']:.1f} %" for p in result["predictions"])
            print(f"{result['image']}: {', '.join(named)}")


@app.command("evaluate")
def evaluate_(
    name: Name,
    path: Annotated[
        str | None,
        typer.Option("--data", help="An .npz file of the data set, or a folder with a folder of pictures per class."),
    ] = None,
):
    """Measure a released model on its test set and compare with the manifest."""
    checkpoint = zoo.weights.get(name)
    images, labels = evaluate.test_set(checkpoint, path)
    scores = evaluate.scores(zoo.load(name), images, labels, track=terminal.track)
    for metric, score in scores.items():
        print(f"{name}: {metric} {score.percent:.2f} % ({score.correct:,} of {score.total:,} pictures)")
    print("manifest: " + ", ".join(f"{metric.name} {metric.value:.2f} {metric.unit}" for metric in checkpoint.metrics))


app.command()(cli_training.train)
app.command("finetune")(cli_training.finetune)


@app.command("export")
def export_(
    name: Name,
    out: Annotated[str, typer.Option(help="Folder of the model; OUT/VERSION/saved_model.pb is written.")],
    version: Annotated[int, typer.Option(min=0, help="A server takes the highest.")] = 1,
):
    """Write a released model as a TensorFlow SavedModel: pictures of any size in, named probabilities out."""
    path = pathlib.Path(out) / str(version)
    print(export.saved_model(zoo.load(name), path, zoo.weights.get(name).classes))
