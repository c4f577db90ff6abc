"""The two phases of fine-tuning: the head alone, then all."""

import dataclasses
import math
import time
from typing import Any

import keras

from zoo.applications.head import NAME
from zoo.training.finetuning import trunk
from zoo.training.finetuning.arguments import Options
from zoo.training.finetuning.progress import Epoch, Progress
from zoo.training.finetuning.source import Batch, Source
from zoo.training.finetuning.two_rates import TwoRates
from zoo.training.schedule import OneCycle
from zoo.training.signals import Request

CLIP = 10.0
"""The largest norm of the gradient of all weights with frozen statistics, where nothing else bounds it."""


class _Stop(Exception):
    """The request to stop was seen; ``row`` is where."""

    def __init__(self, row: Epoch) -> None:
        super().__init__("stopped")
        self.row = row


@dataclasses.dataclass(eq=False)
class _Watch(keras.callbacks.Callback):
    """Tells the progress of a phase, looks at the loss, and stops after the batch in which it is asked to."""

    phase: str
    epochs: int
    done: int
    total: int
    progress: Progress
    stop: Request

    def __post_init__(self) -> None:
        super().__init__()
        self.row = Epoch(self.phase, 1, self.epochs, math.nan, math.nan)
        self.clock = time.monotonic()

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.clock = time.monotonic()
        self.row = Epoch(self.phase, epoch + 1, self.epochs, math.nan, math.nan)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self._see(logs)
        if not math.isfinite(self.row.loss):
            raise FloatingPointError(
                f"The loss is {self.row.loss} at batch {batch + 1} of epoch {self.row.epoch} ({self.phase}). Lower the "
                "learning rate."
            )
        self.done += 1
        self.progress.update(self.done, self.total)
        self._stop_if_asked()

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        self._stop_if_asked()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._see(logs)
        self.progress.epoch(self.row)

    def _see(self, logs: Any) -> None:
        self.row = dataclasses.replace(
            self.row,
            loss=float(logs["loss"]),
            accuracy=float(logs["accuracy"]),
            held_out=logs.get("val_accuracy"),
            seconds=time.monotonic() - self.clock,
        )

    def _stop_if_asked(self) -> None:
        if self.stop.is_set():
            raise _Stop(self.row)


def train(
    model: keras.Model,
    source: Source,
    options: Options,
    validation: Batch | None,
    progress: Progress,
    stop: Request,
    verbose: int | str = 0,
) -> Epoch | None:
    """Train a model with a new head in place: ``head_epochs`` passes for the head alone, then ``epochs`` for all.

    All its layers are trainable afterwards. Returns where it was stopped, or ``None`` if it came to its end. Raises
    ``FloatingPointError`` if the loss is not finite.
    """
    head = model.get_layer(NAME)
    frozen = keras.layers.BatchNormalization if options.batch_normalization == "frozen" else ()
    rows = [
        ("head", options.head_epochs, 0.0, lambda layer: layer is head),
        ("all", options.epochs, options.trunk_rate, lambda layer: not isinstance(layer, frozen)),
    ]
    done, total = 0, source.steps * sum(passes for _, passes, _, _ in rows)
    stopped = None
    progress.update(done, total)
    for phase, passes, rate, trainable in rows:
        if passes and stopped is None:
            trunk.set_trainable(model, trainable)
            updates = passes * source.steps
            schedule = OneCycle(options.learning_rate, updates)
            optimizer = TwoRates(
                schedule, [v.path for v in head.weights], rate, global_clipnorm=CLIP if frozen else None
            )
            model.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(), metrics=["accuracy"])
            watch = _Watch(phase, passes, done, total, progress, stop)
            stopped = _fitted(model, source, validation, options, watch, verbose)
            done += updates
    trunk.set_trainable(model, lambda layer: True)
    return stopped


def _fitted(model, source, validation, options, watch, verbose):
    """Where a phase was stopped, or ``None``."""
    try:
        model.fit(
            source.batches(watch.epochs),
            steps_per_epoch=source.steps,
            epochs=watch.epochs,
            validation_data=validation,
            validation_batch_size=options.batch_size,
            shuffle=False,  # the source has done it
            verbose=verbose,
            callbacks=[watch],
        )
    except _Stop as asked:
        watch.progress.stopped(asked.row)
        return asked.row
    return None
