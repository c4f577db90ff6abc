"""``zoo evaluate``."""

import dataclasses
import pathlib
from typing import TYPE_CHECKING, Annotated

import typer

from zoo.cli import models, terminal
from zoo.cli.command import command

if TYPE_CHECKING:
    from zoo.flows import FlowModel


@command("evaluate")
def evaluate(
    model: models.Model,
    path: Annotated[
        str | None,
        typer.Option("--data", help="An .npz file of the data set, or a folder with a folder of pictures per class."),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(min=2, help="Of a flow: so many samples of each class, test points or test pictures at most."),
    ] = None,
) -> None:
    """Measure a model: a release on its test set, any model with labels on a folder with one folder for each class.

    The folders are named as the classes, or as ImageNet's WordNet numbers. Pictures are cropped and resized as the
    release says (zoo show). One that cannot be read is reported and the others still count; the exit code is then 1.
    For a release its own figures are printed below. Of a flow of pictures its samples are measured, as its recipe says,
    and the density of test pictures, from the seed of the recipe; that takes about fifteen minutes of a core, and less
    with --limit. Of a flow of a toy it is the negative log likelihood of test points.

    Example: zoo evaluate resnet18v2-imagenet --data imagenet/val
    """
    network = models.load(model)
    from zoo import applications, serving
    from zoo.flows import FlowModel

    if isinstance(network, FlowModel):
        _evaluate_flow(network, path, limit)
        return
    if limit is not None:
        raise ValueError(f"--limit is of flows. Received: {network.name}, a classifier, which has one pass to take.")
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


def _evaluate_flow(network: "FlowModel", path: str | None, limit: int | None) -> None:
    from zoo import applications
    from zoo.data import datasets
    from zoo.serving import flow_evaluation
    from zoo.training import matching_recipes, toy_recipes, toy_training

    released = applications.checkpoint(network)
    recipe_name = getattr(released and released.provenance, "recipe", None)
    if released is not None and recipe_name in toy_recipes.TOY_RECIPES and path is None:
        print(toy_training.line(network, released.dataset, limit or toy_training.TEST_POINTS))
        print(f"manifest: {', '.join(f'{m.name} {m.value:.4f} {m.unit}' for m in released.metrics)}")
        return
    if released is None or recipe_name not in matching_recipes.MATCHING_RECIPES:
        raise ValueError(
            f"It is not known how the samples of {network.name} are to be measured. Expected a released flow of "
            f"pictures. Received: {network.name} of event shape {network.event_shape}."
        )
    recipe, dataset = matching_recipes.get(recipe_name), datasets.load(released.dataset, path)
    if limit is not None and limit < recipe.samples:
        print(f"{limit} of {recipe.samples} samples of each class: the figures of the manifest are of all")
        recipe = dataclasses.replace(recipe, samples=limit)
    quality, nfe = flow_evaluation.quality(network, recipe, dataset, terminal.track)
    count = flow_evaluation.SCORED if limit is None else min(limit, flow_evaluation.SCORED)
    bits = flow_evaluation.test_bits(network, recipe, dataset, count)
    for line in flow_evaluation.lines(quality, nfe, recipe, bits):
        print(line)
    print(f"manifest: {', '.join(f'{m.name} {m.value:.4g} {m.unit}' for m in released.metrics)}")
