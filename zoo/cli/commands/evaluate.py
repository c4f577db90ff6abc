"""``zoo evaluate``."""

from typing import Annotated

import typer

from zoo.cli import models, terminal
from zoo.cli.command import command


@command("evaluate")
def evaluate(
    model: models.Model,
    path: Annotated[
        str | None,
        typer.Option("--data", help="An .npz file of the data set, or a folder with a folder of pictures per class."),
    ] = None,
) -> None:
    """Measure a model: a release on its test set, any model with labels on a folder with one folder for each class.

    For a release the figures of the manifest are printed below.
    """
    network = models.load(model)
    from zoo import applications
    from zoo.serving import evaluate as evaluation

    images, classes = evaluation.test_set(network, path)
    for metric, score in evaluation.scores(network, images, classes, track=terminal.track).items():
        print(f"{network.name}: {metric} {score.percent:.2f} % ({score.correct:,} of {score.total:,} pictures)")
    released = applications.checkpoint(network)
    if released is not None and model in (released.name, released.variant):
        figures = (f"{metric.name} {metric.value:.2f} {metric.unit}" for metric in released.metrics)
        print(f"manifest: {', '.join(figures)}")
