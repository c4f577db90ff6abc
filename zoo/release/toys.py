"""Train and release the flows of the toys in the plane."""

import os
import pathlib

from zoo import applications
from zoo.analysis import macs
from zoo.flows import FlowModel
from zoo.release import publishing
from zoo.release.packing import packed
from zoo.training import toy_recipes, toy_training
from zoo.training.toy_recipes import ToyRecipe
from zoo.weights import Checkpoint, Density, Metric, Trained


def from_recipe(name: str, repository: str | os.PathLike, commit: str) -> Checkpoint:
    """Train by the recipe of that NAME, which takes minutes, and release what comes out; returns the new row.

    A toy's training goes on from nothing, so ``commit`` is that of the code as it is: ``publishing.commit_of``. See
    ``zoo.release.publishing.release`` for ``repository``.
    """
    recipe = toy_recipes.get(name)
    matched = list[float]()

    def after(objective, flow):
        if objective == "flow_matching":
            matched.append(toy_training.measured(flow, recipe.dataset)[0])

    return release(toy_training.train(recipe, after), recipe, repository, commit, *matched)


def release(
    flow: FlowModel,
    recipe: ToyRecipe,
    repository: str | os.PathLike,
    commit: str,
    matched: float | None = None,
) -> Checkpoint:
    """Put the weights of a trained flow into ``weights/`` and its row into the manifest of a checkout.

    The row says the negative log likelihood of test points, and on the same ones that of the true density and, if it
    is given, that of the flow after flow matching alone, ``matched``.

    Raises ``ValueError`` if likelihood made it worse than that: equal steps that no longer solve the equation report a
    density that is not the flow's, and training goes after the report.
    """
    nll, true = toy_training.measured(flow, recipe.dataset)
    if matched is not None and not nll <= matched:
        raise ValueError(
            f"{recipe.name} has an nll of {nll:.3f} after likelihood, and had {matched:.3f} after flow matching alone: "
            "its steps did not solve its equation. Give the recipe more steps, steps=None or fewer updates."
        )
    figures = {"nll": round(nll, 4), "nll of the true density": round(true, 4)}
    if matched is not None:
        figures["nll after flow matching alone"] = round(matched, 4)
    described = applications.registered()["FFJORD"].describe(dataset=recipe.dataset)
    keywords = {**described.architecture, **described.settings}
    header = {"name": recipe.name, "application": "FFJORD", "keywords": keywords}
    its_file, content = packed(flow, header)
    row = Checkpoint(
        name=recipe.name,
        application="FFJORD",
        keywords=keywords,
        file=its_file,
        task=Density((2,)),
        provenance=Trained(recipe.name, recipe.epochs, recipe.seed, commit),
        dataset=recipe.dataset,
        metrics=tuple(Metric(name, value, "nats", value, None, 1) for name, value in figures.items()),
        parameters=flow.count_params(),
        macs=macs(flow),
        licence="Apache-2.0",
    )
    return publishing.replace(row, pathlib.Path(repository), content)
