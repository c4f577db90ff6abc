"""From a recipe to its network and its trained weights."""

import contextlib
import dataclasses

import keras

from zoo import applications
from zoo.analysis import refinement as refine
from zoo.applications import _weights
from zoo.data import datasets as data
from zoo.training import recipes, run


def network(recipe: recipes.Recipe, dataset: data.Dataset, weights=None):
    """The network that a recipe trains, with fresh weights, for the pictures and classes of the data set."""
    application = getattr(applications, recipe.application)
    keywords = {**recipe.kwargs, **(recipe.trained_as or {})}
    fitting = {"input_shape": dataset.x_train.shape[1:], "classes": len(dataset.classes)}
    with _policy(recipe.mixed_precision):
        return application(weights=weights, **fitting, **keywords)


def released(recipe: recipes.Recipe, dataset: data.Dataset, weights):
    """The network that a recipe releases, with the weights in a file of the one that it trained: in float32, without
    stochastic depth, and with the recipe's own keywords where others held in training."""
    own = dataclasses.replace(recipe, kwargs=kwargs_of(recipe), trained_as=None, mixed_precision="float32")
    return network(own, dataset, weights)


def kwargs_of(recipe: recipes.Recipe) -> dict:
    """The keywords of the network that a recipe releases, all of them: its architecture and settings."""
    described = getattr(applications, recipe.application).describe(**recipe.kwargs)
    return {**described.architecture, **described.settings}


def train(recipe: recipes.Recipe, dataset: data.Dataset, directory, **options):
    """Train the recipe's network on the data set; returns ``(model, path of the final weights)``.

    The initial weights are a function of ``recipe.seed``, or those of a refined network if the recipe names one. See
    ``zoo.training.run.run`` for the folder, the options and what it raises, besides ``ValueError`` if the refined
    network is not that of the recipe.
    """
    keras.utils.set_random_seed(recipe.seed)
    model = network(recipe, dataset)
    if recipe.refines:
        start_from(refine.refine(applications.load(recipe.refines)), model, recipe)
    return model, run.run(model, recipe, dataset, directory, **options)


def start_from(refined, model, recipe):
    """Copy the weights of a refined network into that of the recipe; raises ``ValueError`` if their layers differ."""
    one, other = ({layer.name: [v.shape for v in layer.weights] for layer in net.layers} for net in (refined, model))
    differing = {name for name in {*one, *other} - {"predictions"} if one.get(name, []) != other.get(name, [])}
    if differing:
        raise ValueError(
            f"{recipe.refines} refined is not {recipe.application}({recipe.kwargs}): they differ in {min(differing)}. "
            "Give the recipe twice the blocks and half the step size."
        )
    _weights.transfer(refined, model, skip=refined.output_shape != model.output_shape)


@contextlib.contextmanager
def _policy(name):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
