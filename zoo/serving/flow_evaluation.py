"""The figures of a released flow of pictures, from its recipe's seed."""

import math
from collections.abc import Callable, Iterable
from typing import NamedTuple

import keras

from zoo import applications
from zoo.analysis.picture_quality import Quality
from zoo.data.datasets import Dataset
from zoo.flows import Guidance, bits_per_dim, dequantized
from zoo.serving import sampling
from zoo.training import matching_recipes
from zoo.training.recipe import MatchingRecipe
from zoo.weights import Metric

CLASSIFIERS = {"mnist": "resnet6_mnist-mnist", "fashion_mnist": "odenet_mnist-fashion_mnist"}
"""The release that names the pictures of a data set."""
SCORED = 64
"""Test pictures whose density is computed."""
SOLVER, TOLERANCE, DRAWS = "dopri5", 1e-3, 8
"""How it is: in steps that adapt, as the field of such a flow is steep near the data, where equal ones do not get near
the limit before there are hundreds. The solver's error is that against ten times the tolerance, and so many noises
estimate the trace."""


class Bits(NamedTuple):
    """−log₂ p a dimension of dequantised test pictures, given their class (``zoo.flows.bits_per_dim``): the mean, its
    standard error over the pictures, the means of the solver's error and of two standard errors of the estimated trace,
    and the number of pictures."""

    mean: float
    error: float
    solver: float
    trace: float
    pictures: int


def way(recipe: MatchingRecipe) -> sampling.Way:
    """How the samples of a recipe are made."""
    return sampling.Way(recipe.solver, recipe.steps, recipe.guidance, recipe.seed)


def guidance_of(model: keras.Model) -> Guidance:
    """The guidance of the recipe that a flow is released by; none if it is not released."""
    released = applications.checkpoint(model)
    recipe = matching_recipes.MATCHING_RECIPES.get(getattr(released and released.provenance, "recipe", ""))
    return Guidance.of(1.0 if recipe is None else recipe.guidance)


def quality(
    model: keras.Model, recipe: MatchingRecipe, dataset: Dataset, track: Callable[[Iterable], Iterable] = iter
) -> tuple[Quality, int]:
    """The quality of the samples of a recipe, and the evaluations of the field for each."""
    classifier = applications.load(CLASSIFIERS[recipe.dataset])
    return sampling.quality(model, recipe.samples, way(recipe), dataset, classifier, track)


def test_bits(model: keras.Model, recipe: MatchingRecipe, dataset: Dataset, count: int = SCORED) -> Bits:
    """Bits a dimension of the first test pictures, with uniform noise below a grey level, without guidance."""
    flow = sampling.check(model)
    images, labels = dataset.x_test[:count], dataset.y_test[:count]
    x = 256 * dequantized(images, recipe.seed)
    found = flow.log_prob(
        x, labels, True, DRAWS, recipe.seed, solver=SOLVER, rtol=TOLERANCE, atol=TOLERANCE, batch_size=SCORED
    )
    bits = bits_per_dim(-found.values, flow.event_shape, width=1)
    spread = float(bits.std(ddof=1)) / math.sqrt(len(bits))
    solver, trace = (
        float(bits_per_dim(each.mean(), flow.event_shape, width=1)) for each in (found.solver, 2 * found.trace)
    )
    return Bits(float(bits.mean()), spread, solver, trace, len(bits))


def metrics(quality: Quality, bits: Bits) -> tuple[Metric, ...]:
    """The figures as they stand in the manifest; the first is the headline."""
    rows = [
        ("named as wanted", quality.named, "%"),
        ("named as wanted, worst class", quality.worst, "%"),
        ("Fréchet distance", quality.ratio, "times real"),
        ("nearest training picture", quality.nearest / quality.test, "times test's"),
        ("as near as a copy", quality.near, "%"),
        ("bits/dim", bits.mean, f"bits, {bits.pictures} pictures"),
        ("standard error of bits/dim", bits.error, "bits"),
    ]
    return tuple(Metric(name, round(value, 4), unit, round(value, 4), None, 1) for name, value, unit in rows)


def lines(quality: Quality, nfe: int, recipe: MatchingRecipe, bits: Bits | None) -> list[str]:
    """What is to be said of the figures, a line each."""
    guidance = Guidance.of(recipe.guidance)
    how = f"{recipe.solver}, {recipe.steps} steps, guidance {guidance}, {nfe} evaluations, seed {recipe.seed}"
    return [
        f"samples      {recipe.samples} of each class by {how}",
        f"named        {quality.named:.2f} % as wanted by {CLASSIFIERS[recipe.dataset]}; {quality.worst:.1f} % of the "
        "worst class",
        f"Fréchet      {quality.frechet:.4g}, {quality.ratio:.2f} times that of test pictures, {quality.real:.4g}",
        f"nearest      training picture at {quality.nearest:.2f}, of test pictures at {quality.test:.2f} (medians)",
        f"copies       {quality.near:.1f} % are nearer than 99 % of the test pictures",
        *([] if bits is None else [_density(bits)]),
        *(f"fault        {fault}" for fault in quality.faults()),
    ]


def _density(bits):
    return (
        f"bits/dim     {bits.mean:.3f} ± {bits.error:.3f} over {bits.pictures} test pictures given their class, by "
        f"{SOLVER} at {TOLERANCE:g} and {DRAWS} noises (solver {bits.solver:.1e}, trace {bits.trace:.1e})"
    )
