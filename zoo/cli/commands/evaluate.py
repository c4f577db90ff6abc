"""``zoo evaluate``."""

import pathlib
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

    The folders are named as the classes, or as ImageNet's WordNet numbers. Pictures are cropped and resized as the
    release says (zoo show). One that cannot be read is reported and the others still count; the exit code is then 1.
    For a release its own figures are printed below.

    Example: zoo evaluate resnet18v2-imagenet --data imagenet/val
    """
    network = models.load(model)
    from zoo import applications, serving
    from zoo.analysis.confidence import Confidence
    from zoo.serving import evaluate as evaluation

    unreadable, confidence = terminal.LeftOut(), Confidence(network)
    if path is not None and pathlib.Path(path).expanduser().is_dir():
        scores = serving.scores_on_folder(network, path, unreadable, terminal.track, confidence=confidence)
    else:
        images, classes = evaluation.test_set(network, path)
        scores = evaluation.scores(network, images, classes, track=terminal.track, confidence=confidence)
    for metric, score in scores.items():
        print(f"{network.name}: {metric} {score.percent:.2f} % ({score.correct:,} of {score.total:,} pictures)")
    known = applications.calibration(network)
    of = "" if known is None else f", temperature {known.temperature:.3g} ({known.how})"
    print(f"{network.name}: ECE {100 * confidence.ece:.2f} %, NLL {confidence.nll:.4f} nats{of}")
    released = applications.checkpoint(network)
    if released is not None and model in (released.name, released.variant):
        figures = ", ".join(f"{metric.name} {metric.value:.2f} {metric.unit}" for metric in released.figures)
        print(f"manifest: {figures}" if released.metrics else f"reported by the source: {figures}")
    if unreadable.files:
        raise typer.Exit(1)
