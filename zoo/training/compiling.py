"""The loss and the optimizer of a recipe."""

import keras

from zoo.training.recipes import Recipe
from zoo.training.schedule import OneCycle


def compile_for(model, recipe: Recipe, updates: int):
    """Compile the model with the recipe's loss and optimizer, for a run of so many updates.

    Labels are class numbers, or one-hot rows if the recipe smooths them (see ``Batches``).
    """
    add_l2(model, recipe.l2)
    smooth = recipe.label_smoothing
    loss = (
        keras.losses.CategoricalCrossentropy(label_smoothing=smooth)
        if smooth
        else keras.losses.SparseCategoricalCrossentropy()
    )
    optimizer = keras.optimizers.SGD(
        OneCycle(recipe.learning_rate, updates, recipe.warmup),
        momentum=recipe.momentum,
        nesterov=True,
        global_clipnorm=recipe.clip_norm or None,
        use_ema=bool(recipe.ema),
        ema_momentum=recipe.ema or 0.99,
    )
    model.compile(optimizer, loss, metrics=["accuracy"], steps_per_execution=recipe.steps_per_execution)


def add_l2(model, l2: float):
    """Add ``(l2/2) ‖kernel‖²`` to the model's loss for the kernel of every convolution and dense layer."""
    for variable in model.trainable_variables:
        if variable.name == "kernel":
            variable.regularizer = keras.regularizers.L2(l2 / 2)
