"""From a recipe to its network and its trained weights."""

import contextlib

import keras

from zoo import applications
from zoo.training import data, recipes, run


def network(recipe: recipes.Recipe, dataset: data.Dataset):
    """The network of a recipe with fresh weights, for the pictures and classes of the data set."""
    application = getattr(applications, recipe.application)
    shape = dataset.x_train.shape[1:]
    with _policy(recipe.mixed_precision):
        return application(weights=None, input_shape=shape, classes=len(dataset.classes), **recipe.kwargs)


def train(recipe: recipes.Recipe, dataset: data.Dataset, directory, **options):
    """Train the recipe's network on the data set; returns ``(model, path of the final weights)``.

    The initial weights are a function of ``recipe.seed``. See ``zoo.training.run.run`` for the folder, the
    options and what it raises.
    """
    keras.utils.set_random_seed(recipe.seed)
    model = network(recipe, dataset)
    return model, run.run(model, recipe, dataset, directory, **options)


@contextlib.contextmanager
def _policy(name):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
