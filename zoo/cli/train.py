"""The commands that train: ``zoo train`` and ``zoo finetune``."""

import dataclasses
import pathlib
import shlex
import sys
from typing import Annotated

import typer

import zoo
from zoo.cli import terminal
from zoo.data import datasets as data
from zoo.release import reproduce
from zoo.serving import evaluate
from zoo.training import recipes
from zoo.training.from_folder import finetune_folder
from zoo.training.monitor import Stopped
from zoo.training.tensorboard import summaries


def train(
    name: Annotated[str, typer.Argument(help="A recipe: the NAME of the model that it makes.")],
    epochs: Annotated[int | None, typer.Option(min=1, help="Instead of the recipe's.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Instead of the recipe's.")] = None,
    out: Annotated[str | None, typer.Option(help="Folder of the run. Default: runs/NAME in the cache folder.")] = None,
    path: Annotated[str | None, typer.Option("--data", help="An .npz file of the data set.")] = None,
    resume: Annotated[bool, typer.Option(help="Go on with the run in the folder.")] = False,
    tensorboard: Annotated[bool, typer.Option(help="Write each epoch's figures for TensorBoard, too.")] = False,
):
    """Train a model by its recipe, and measure it once on the test set at the end.

    SIGTERM and Ctrl-C save the state; --resume goes on from there, to the same weights.

    Example: zoo train lm_resnet20-cifar10 --epochs 2 --out /tmp/run
    """
    recipe = recipes.get(name)
    recipe = dataclasses.replace(
        recipe,
        epochs=recipe.epochs if epochs is None else epochs,
        seed=recipe.seed if seed is None else seed,
    )
    directory = pathlib.Path(out).expanduser() if out else zoo.weights.home() / "runs" / name
    dataset = data.load(recipe.dataset, path)
    try:
        also = [summaries(directory / "tensorboard")] if tensorboard else []
        with terminal.reported(recipe.epochs, *also) as report:
            _, final = reproduce.train(recipe, dataset, directory, resume=resume, report=report)
    except Stopped as stopped:
        again = [word for word in sys.argv[1:] if word != "--resume"]
        print(f"Stopped and saved after update {stopped.update}. To go on: {shlex.join(['zoo', *again, '--resume'])}")
        raise typer.Exit(0) from None
    model = reproduce.released(recipe, dataset, final)
    score = evaluate.top1(model, dataset.x_test, dataset.y_test, track=terminal.track)
    print(f"{final}: top-1 {score.percent:.2f} % ({score.correct:,} of {score.total:,} pictures)")


def finetune(
    folder: Annotated[str, typer.Argument(help="Holds one folder of pictures for each class.")],
    out: Annotated[str, typer.Option(help="Folder for model.keras, labels.txt, metrics.json and confusion.png.")],
    model: Annotated[str, typer.Option(help="A released model to start from (see `zoo list`).")] = terminal.DEFAULT,
    head_epochs: Annotated[int, typer.Option(min=0, help="Passes for the new head alone.")] = 2,
    epochs: Annotated[int, typer.Option(min=0, help="Passes for the whole network.")] = 5,
    batch_normalization: Annotated[str, typer.Option(help="Of the trunk: frozen or adapt.")] = "frozen",
    seed: Annotated[int, typer.Option(min=0, help="Of the split and of the training.")] = 0,
):
    """Fine-tune a released model on your own pictures; a fifth of them is held out to measure it.

    Example: zoo finetune flowers/ --out flowers-model
    """
    options = {"head_epochs": head_epochs, "epochs": epochs, "batch_normalization": batch_normalization, "seed": seed}

    def unreadable(file, reason):
        print(f"{file}: {reason}", file=sys.stderr)

    metrics = finetune_folder(folder, model, out, unreadable=unreadable, **options)
    print(f"{out}: top-1 {metrics['top-1']:.2f} % of {metrics['held out']} pictures held out")
