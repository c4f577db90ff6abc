"""What happens between the updates of a run: saving, one row an epoch, stopping."""

import math
import time
from collections.abc import Callable

import keras

from zoo.data.batches import Batches
from zoo.training.signals import Request

Row = dict[str, float]
"""What the log says of an epoch, by column."""

Report = Callable[[int, int, Row | None], object]
"""``report(update, updates, row)`` is called after every update; ``row`` is the epoch's at its end, else ``None``."""

Read = Callable[[keras.Model, int], Row]
"""``read(model, epoch)`` gives further columns of an epoch's row, counted from 0, such as an instrument's readings."""


class Stopped(Exception):
    """The run was asked to stop and has saved its state; ``update`` is how many updates are done."""

    def __init__(self, update: int) -> None:
        super().__init__(f"stopped after {update} updates")
        self.update = update


class Monitor(keras.callbacks.Callback):
    """Saves the state every so many updates and at the end of each epoch, and watches the loss.

    Args:
        batches: The ``Batches`` of the run.
        every: Updates between two saved states.
        save: ``save(update, rows, sums)`` writes the state after ``update`` updates.
        rows: One dictionary for each epoch that is done; this appends to it.
        sums: Sums of the metrics over the updates of the current epoch that are done.
        report: ``report(update, updates, row)`` is called after every update; see ``run``.
        rate: ``rate(update)`` is the learning rate of an update, counted from 0.
        stop: When ``stop.is_set()``, the state is saved after the current update and ``Stopped`` raised.
        read: Further columns of a row. Defaults to none.

    A row holds the means of the metrics over the epoch, the learning rate of its last update, and its seconds
    (since the run went on, for an epoch in which it did).
    """

    def __init__(
        self,
        batches: Batches,
        every: int,
        save: Callable[[int, list[Row], Row], object],
        rows: list[Row],
        sums: Row,
        rate: Callable[[int], float],
        report: Report,
        stop: Request,
        read: Read = lambda model, epoch: {},
    ) -> None:
        super().__init__()
        self.batches, self.every, self.save = batches, every, save
        self.rows, self.sums, self.rate, self.report, self.stop = rows, sums, rate, report, stop
        self.read = read
        self.saved = batches.start
        self.before: Row = {}  # sums of the metrics since the start of fit, at the start of the epoch
        self.clock = time.monotonic()

    def on_train_batch_end(self, batch: int, logs: Row | None = None) -> None:
        """Save, report and stop as the class says, after update ``batch`` of ``fit``; ``logs`` are the means so far."""
        logs = logs or {}
        update = self.batches.start + batch + 1
        total = {name: float(mean) * (batch + 1) for name, mean in logs.items()}
        epoch, step = divmod(update - 1, self.batches.steps)
        if not math.isfinite(total["loss"]):
            raise FloatingPointError(
                f"The loss is {total['loss']} at batch {step + 1} of epoch {epoch + 1}. The last saved state is kept. "
                "Lower the learning rate, clip the gradient (clip_norm), or look at that batch."
            )
        done = {name: self.sums.get(name, 0.0) + total[name] - self.before.get(name, 0.0) for name in total}
        ends = step + 1 == self.batches.steps
        if ends:
            self._end_epoch(epoch, update, done, total)
            self.report(update, self.batches.updates, self.rows[-1])
        else:
            self.report(update, self.batches.updates, None)
        stopping = self.stop.is_set()
        if ends or stopping or update - self.saved >= self.every:
            self.save(update, self.rows, {} if ends else done)
            self.saved = update
        if stopping:
            raise Stopped(update)

    def _end_epoch(self, epoch: int, update: int, done: Row, total: Row) -> None:
        readings = self.read(synchronized(self.model), epoch)
        seconds, self.clock = time.monotonic() - self.clock, time.monotonic()
        means = {name: value / self.batches.steps for name, value in done.items()}
        row = {"epoch": epoch + 1, **means, "learning_rate": self.rate(update - 1), "seconds": round(seconds, 1)}
        self.rows.append({**row, **readings})
        self.sums, self.before = {}, total


def synchronized(model: keras.Model) -> keras.Model:
    """The model, its variables holding what they are now: in the middle of ``fit`` JAX's trainer has the values."""
    if hasattr(model, "jax_state_sync"):
        model.jax_state_sync()
    return model
