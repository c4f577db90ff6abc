"""What ``zoo train`` does for a flow of pictures."""

import dataclasses
import pathlib

from zoo.cli import quiet, stopping, terminal
from zoo.training.matching_recipes import MATCHING_RECIPES
from zoo.weights import home


def train(
    name: str,
    epochs: int | None,
    seed: int | None,
    out: str | None,
    path: str | None,
    resume: bool,
    precision: str | None,
) -> None:
    """Train the flow of pictures, or go on with its run, and say what its samples are worth.

    Args:
        name: That of a recipe.
        epochs, seed: Instead of the recipe's, or ``None``.
        out: The folder of the run; ``None`` is ``runs/NAME`` of the cache.
        path: The file of the data set, or ``None``.
        resume: Whether a run in the folder goes on.
        precision: Name of Keras's dtype policy instead of the recipe's, or ``None``.
    """
    recipe = MATCHING_RECIPES[name]
    quiet.start(training=True)
    from zoo.data import datasets
    from zoo.release import flows
    from zoo.serving import flow_evaluation
    from zoo.training.monitor import Stopped

    if epochs is not None:
        recipe = dataclasses.replace(recipe, epochs=epochs, cycle=epochs)
    recipe = recipe if seed is None else dataclasses.replace(recipe, seed=seed)
    recipe = recipe if precision is None else dataclasses.replace(recipe, mixed_precision=precision)
    directory = pathlib.Path(out).expanduser() if out else home() / "runs" / name
    dataset = datasets.load(recipe.dataset, path)
    try:
        with terminal.reported(recipe.epochs) as report:
            _, final = flows.train(recipe, dataset, directory, terminal.track, resume=resume, report=report)
    except Stopped as stopped:
        stopping.tell(stopped.update)
    quality, nfe = flow_evaluation.quality(flows.network(recipe, final), recipe, dataset, terminal.track)
    for line in (f"{final}:", *flow_evaluation.lines(quality, nfe, recipe, None)):
        print(line)
