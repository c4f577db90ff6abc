"""Fine-tune a released network on other classes: first a new head, then the whole network more gently."""

import dataclasses
import os
import threading
from collections.abc import Sequence
from typing import Any

import keras

from zoo import _check, applications
from zoo.training.finetuning import phases, source, trunk
from zoo.training.finetuning.arguments import Options
from zoo.training.finetuning.progress import Epoch, Progress, Silent
from zoo.training.signals import Request
from zoo.weights.calibration import HELD_OUT, LEAST, Calibration


def finetune(
    model: keras.Model | str | os.PathLike,
    data: Any,
    classes: int,
    *,
    labels: Sequence[str] | None = None,
    validation_data: Any = None,
    head_epochs: int = Options.head_epochs,
    epochs: int = Options.epochs,
    learning_rate: float = Options.learning_rate,
    trunk_rate: float = Options.trunk_rate,
    batch_normalization: str = Options.batch_normalization,
    batch_size: int = Options.batch_size,
    augment: bool = Options.augment,
    seed: int = Options.seed,
    verbose: int | str = 0,
) -> keras.Model:
    """A new model for ``classes``: the trunk of a trained one under a new head, trained on ``data``.

    First the head alone is trained for ``head_epochs``, the trunk in inference mode. Then all is trained for
    ``epochs``, the trunk with ``trunk_rate`` times the head's learning rate. Each phase is SGD with Nesterov
    momentum 0.9 and a one-cycle schedule on cross-entropy. The model that is passed in stays as it is.

    Args:
        model: What ``zoo.load`` takes, or a classifier of ``zoo.applications``.
        data: ``(images, labels)`` or a batched ``tf.data.Dataset`` of such pairs. Images are raw 0..255 pictures
            ``(n, height, width)`` or ``(n, height, width, 1 or 3)`` of any size, brought to the model's by
            ``zoo.data.pictures.fit``. Labels are numbers 0 … classes − 1, ``(n,)`` or ``(n, 1)``, or one-hot rows
            ``(n, classes)``. A dataset is gone through once to be checked and then anew in every pass, in its own order
            and its own batches.
        classes: How many classes there are.
        labels: Their names, which the model then knows (``zoo.labels``). Defaults to ``None``.
        validation_data: Like ``data``: pictures that are not trained on, on which every pass is measured (shown with
            ``verbose``). They are kept in memory. From 100 of them on the temperature of
            ``zoo.applications.calibration`` is fitted to them. Defaults to ``None``.
        head_epochs: Passes over the data for the head alone; 0 skips this phase.
        epochs: Passes for all; 0 skips this phase.
        learning_rate: Peak rate of the head, in both phases.
        trunk_rate: Factor on it for the trunk.
        batch_normalization: ``"adapt"`` (default) trains γ and β on batch statistics and moves the statistics;
            ``"frozen"`` keeps the trunk's moving statistics, γ and β as they are and uses them in training, with the
            norm of the gradient clipped at 10.
        batch_size: Pictures in an update; a dataset has batches of its own.
        augment: Whether pictures are flipped and shifted by up to 4 pixels at random.
        seed: The seed of the new head, the order and the augmentation.
        verbose: As in ``keras.Model.fit``.

    Returns:
        A functional ``keras.Model``, not compiled, all layers trainable again.

    Raises:
        ValueError: An argument or data that does not fit.
        FloatingPointError: The loss is not finite.

    Example:
        >>> images = np.random.default_rng(0).integers(0, 256, (8, 32, 32, 3)).astype("uint8")
        >>> tuned = zoo.finetune("resnet20", (images, np.arange(8) % 2), 2, labels=("rose", "tulip"), epochs=0)
        >>> zoo.labels(tuned)
        ('rose', 'tulip')
    """
    options = Options(
        head_epochs, epochs, learning_rate, trunk_rate, batch_normalization, batch_size, bool(augment), seed
    )
    classes = _check.integer(classes, "classes", least=2)
    if labels is not None and len(labels) != classes:
        raise ValueError(f"Expected {classes} labels, one for each class. Received: {len(labels)}.")
    network = trunk.check(model if isinstance(model, keras.Model) else applications.load(model))
    tuned, _ = tune(network, data, classes, labels, options, validation_data, verbose=verbose)
    return tuned


def tune(
    network: keras.Model,
    data: Any,
    classes: int,
    labels: Sequence[str] | None,
    options: Options,
    validation_data: Any = None,
    progress: Progress | None = None,
    stop: Request | None = None,
    verbose: int | str = 0,
) -> tuple[keras.Model, Epoch | None]:
    """``finetune`` of a network that is loaded, which tells its progress and can be stopped.

    Returns the model, and where it was stopped or ``None``. ``stop`` is looked at after every batch. Raises as
    ``finetune``.
    """
    pictures = source.of(data, network.input_shape, classes, options)
    validation = (
        None
        if validation_data is None
        else source.in_memory(validation_data, network.input_shape, classes, "validation_data")
    )
    keras.utils.set_random_seed(options.seed)
    tuned = trunk.with_new_head(network, classes, labels)
    stopped = phases.train(
        tuned, pictures, options, validation, progress or Silent(), stop or threading.Event(), verbose
    )
    if validation is not None and len(validation[1]) >= LEAST:
        found = Calibration.fitted(tuned.predict(validation[0], verbose=0), validation[1], HELD_OUT)
        applications.identify(tuned, applications.labels(tuned), calibration=dataclasses.asdict(found))
    return keras.Model(tuned.input, tuned.output, name=tuned.name), stopped  # without the optimizer
