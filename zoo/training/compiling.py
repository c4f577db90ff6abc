"""The loss and the optimizer of a recipe."""

from collections.abc import Sequence

import keras

from zoo.training.recipe import Recipe
from zoo.training.schedule import scheduled


def compile_for(model: keras.Model, recipe: Recipe, updates: int) -> None:
    """Compile the model with the recipe's loss and optimizer.

    Labels are class numbers, or one-hot rows if the recipe smooths them (see ``Batches``).

    Args:
        model: Returns probabilities, ``(batch, classes)``.
        recipe: See ``Recipe``.
        updates: In the whole run, for the schedule.

    Raises:
        ValueError: The recipe names an unknown schedule, or a variable for the penalty that the model does not have.
    """
    add_l2(model, recipe.l2, recipe.l2_names)
    smooth = recipe.label_smoothing
    loss = (
        keras.losses.CategoricalCrossentropy(label_smoothing=smooth)
        if smooth
        else keras.losses.SparseCategoricalCrossentropy()
    )
    optimizer = keras.optimizers.SGD(
        scheduled(recipe, updates),
        momentum=recipe.momentum,
        nesterov=True,
        global_clipnorm=recipe.clip_norm or None,
        use_ema=bool(recipe.ema),
        ema_momentum=recipe.ema or 0.99,
    )
    model.compile(optimizer, loss, metrics=["accuracy"], steps_per_execution=recipe.steps_per_execution)


def add_l2(model: keras.Model, l2: float, names: Sequence[str] = ("kernel",)) -> None:
    """Add ``(l2/2) Σ ‖w‖²`` to the model's loss, over the trainable variables w of the given names.

    Args:
        model: Its variables are marked in place.
        l2: Coefficient, ≥ 0.
        names: Own names of variables, without their layer's. Defaults to ``("kernel",)``, those of every convolution
            and dense layer; ``"k"`` is the coefficient of a linear multistep method.

    Raises:
        ValueError: No trainable variable has one of the names.
    """
    missing = sorted({*names} - {variable.name for variable in model.trainable_variables})
    if missing:
        raise ValueError(
            f"{model.name} has no trainable variables named {', '.join(missing)}, which the L2 penalty is to cover. "
            f"Received: l2_names={tuple(names)}. Leave out what the network does not have."
        )
    for variable in model.trainable_variables:
        if variable.name in names:
            variable.regularizer = keras.regularizers.L2(l2 / 2)
