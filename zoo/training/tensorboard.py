"""A run's rows as TensorBoard scalars."""

import importlib.util
import math
import os

import keras

from zoo.training.monitor import Report, Row


def summaries(folder: str | os.PathLike[str]) -> Report:
    """A report function for ``run`` that writes the figures of each epoch for TensorBoard.

    Args:
        folder: Where the event files are written; made with the first epoch's figures.

    Raises:
        RuntimeError: The backend is not TensorFlow.
        ImportError: TensorBoard is not installed; it comes with the extra ``train``.
    """
    if keras.backend.backend() != "tensorflow":
        raise RuntimeError("TensorBoard files are written by TensorFlow: set KERAS_BACKEND=tensorflow, or use log.csv.")
    import tensorflow as tf

    if importlib.util.find_spec("tensorboard") is None:
        raise ImportError("TensorBoard is not installed. Install it by: pip install 'odezoo[train]'")
    writer = None

    def report(update: int, updates: int, row: Row | None) -> None:
        nonlocal writer
        if row:
            writer = writer or tf.summary.create_file_writer(str(folder))
            with writer.as_default(step=row["epoch"]):
                for name, value in row.items():
                    if name != "epoch" and not math.isnan(value):  # an epoch between two readings
                        tf.summary.scalar(name, value)
            writer.flush()

    return report
