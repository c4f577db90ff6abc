"""``zoo train``."""

import dataclasses
import pathlib
from typing import Annotated, Literal

import typer

from zoo.cli import pictures, quiet, stopping, terminal, toys
from zoo.cli.command import command
from zoo.training import joining, recipes
from zoo.training.matching_recipes import MATCHING_RECIPES
from zoo.training.toy_recipes import TOY_RECIPES
from zoo.weights import home

Precision = Literal["float32", "bfloat16"]
POLICIES: dict[str, str] = {"float32": "float32", "bfloat16": "mixed_bfloat16"}
"""Keras's dtype policies."""


@command("train")
def train(
    name: Annotated[str, typer.Argument(help="A recipe: the NAME of the model that it makes.")],
    epochs: Annotated[int | None, typer.Option(min=1, help="Instead of the recipe's.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Instead of the recipe's.")] = None,
    validation: Annotated[
        int, typer.Option(min=0, help="Training pictures to hold out and measure, instead of the test set.")
    ] = 0,
    out: Annotated[str | None, typer.Option(help="Folder of the run. Default: runs/NAME in the cache folder.")] = None,
    path: Annotated[
        str | None,
        typer.Option("--data", help="An .npz file of the data set; of ImageNet a folder, or tfds:imagenet2012."),
    ] = None,
    resume: Annotated[bool, typer.Option(help="Go on with the run in the folder.")] = False,
    strategy: Annotated[
        str | None, typer.Option(help="Several devices: mirrored (TensorFlow) or data_parallel (JAX).")
    ] = None,
    replicas: Annotated[
        int | None, typer.Option(min=1, help="How many devices; without a GPU the CPU is split. Default: all.")
    ] = None,
    precision: Annotated[
        Precision | None, typer.Option(help="Of the computation, instead of the recipe's; weights are float32 in all.")
    ] = None,
    instruments: Annotated[
        str | None,
        typer.Option(help="Log k, nfe, spectral_radius, reconstruction, truncation, labels: some of them, or all."),
    ] = None,
    instruments_every: Annotated[int, typer.Option(min=1, help="Epochs from one reading to the next.")] = 1,
    tensorboard: Annotated[bool, typer.Option(help="Write each epoch's figures for TensorBoard, too.")] = False,
) -> None:
    """Train a model by its recipe, and measure it once at the end: on the test set, or on what is held out.

    Of a flow of pictures the samples are measured at the end. Of a toy in the plane, whose points are drawn, --out is
    the preset that is written.

    Ctrl-C, SIGTERM and SIGHUP save the state; --resume goes on from there, to the same weights.

    ImageNet's folder holds train and val, each with a folder of pictures for each class, named by its WordNet number.

    Example: zoo train lm_resnet20-cifar10 --epochs 2 --out /tmp/run
    """
    if name in TOY_RECIPES:
        if validation or strategy or replicas or precision or tensorboard or path or resume or instruments:
            raise ValueError(f"{name} is a flow of a toy: of the options only --epochs, --seed and --out are for it.")
        toys.train(name, epochs, seed, out)
        return
    if name in MATCHING_RECIPES:
        if validation or strategy or replicas or tensorboard or instruments:
            options = "--validation, --strategy, --replicas, --instruments, --tensorboard"
            raise ValueError(f"{name} is a flow: {options} are not for it.")
        pictures.train(name, epochs, seed, out, path, resume, POLICIES[precision] if precision else None)
        return
    recipe = recipes.get(name)
    joining.join()
    quiet.start(training=True, device=replicas is None)
    from zoo.data import datasets, sources
    from zoo.release import reproduce
    from zoo.training import processes
    from zoo.training.monitor import Stopped
    from zoo.training.tensorboard import summaries

    recipe = dataclasses.replace(
        recipe,
        epochs=recipe.epochs if epochs is None else epochs,
        seed=recipe.seed if seed is None else seed,
        validation=validation or recipe.validation,
        mixed_precision=POLICIES[precision] if precision else recipe.mixed_precision,
    )
    directory = pathlib.Path(out).expanduser() if out else home() / "runs" / name
    big = recipe.crop_area is not None
    dataset = sources.imagenet(path, recipe.size) if big else datasets.load(recipe.dataset, path)
    try:
        also = [summaries(directory / "tensorboard")] if tensorboard else []
        with terminal.reported(recipe.epochs, *also) as report:
            _, final = reproduce.train(
                recipe,
                dataset,
                directory,
                resume=resume,
                report=report,
                strategy=strategy,
                replicas=replicas,
                instruments=_names(instruments),
                instruments_every=instruments_every,
            )
    except Stopped as stopped:
        stopping.tell(stopped.update)
    processes.leave()
    if processes.number():  # the first one measures
        return
    for line in _measured(recipe, dataset, final):
        print(f"{final}: {line}")


def _measured(recipe, dataset, final):
    """What is said of the final weights: their accuracy on what was held out, or else on the test set."""
    from zoo import serving
    from zoo.data import sources
    from zoo.release import reproduce
    from zoo.serving import evaluate

    if recipe.validation:
        return [final.with_name("validation.json").read_text("utf-8").strip()]
    model = reproduce.released(recipe, dataset, final)
    if not isinstance(dataset, sources.OnDisk):
        scores = {"top-1": evaluate.top1(model, dataset.x_test, dataset.y_test, track=terminal.track)}
    elif dataset.test is None:
        return ["there are no pictures in val to measure it on"]
    else:
        scores = serving.scores_of(model, dataset.test, reproduce.MEASURED, terminal.LeftOut(), terminal.track)
    return [
        f"{metric} {score.percent:.2f} % ({score.correct:,} of {score.total:,} pictures)"
        for metric, score in scores.items()
    ]


def _names(instruments: str | None) -> list[str] | None:
    """The instruments that are named, an empty list for all."""
    return None if instruments is None else [] if instruments == "all" else instruments.split(",")
