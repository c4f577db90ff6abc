"""From a recipe to its network and its trained weights."""

import keras

from zoo import applications
from zoo.training import data, recipes, run


def network(recipe: recipes.Recipe, dataset: data.Dataset):
    """The network of a recipe with fresh weights, for the pictures and classes of the data set."""
    application = getattr(applications, recipe.application)
    shape = dataset.x_train.shape[1:]
    return application(weights=None, input_shape=shape, classes=len(dataset.classes), **recipe.kwargs)


def train(recipe: recipes.Recipe, dataset: data.Dataset, directory, verbose="auto"):
    """Train the recipe's network on the data set; returns ``(model, path of the last epoch's weights)``.

    The initial weights are a function of ``recipe.seed``. See ``zoo.training.run.run`` for the
    folder and for what it raises.
    """
    keras.utils.set_random_seed(recipe.seed)
    model = network(recipe, dataset)
    return model, run.run(model, recipe, dataset, directory, verbose)
