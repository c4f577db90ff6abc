"""Pictures that are read while they are used: batch after batch, in order, a few of them in memory."""

import collections
import concurrent.futures
import dataclasses
import itertools
import os
from collections.abc import Callable, Iterator, Sequence

import numpy as np

READERS = min(os.cpu_count() or 1, 16)
"""Pictures that are read at the same time; Pillow decodes and resizes beside Python."""


@dataclasses.dataclass(frozen=True)
class Batch:
    """Some pictures.

    Attributes:
        rows: Which they are, ``(n,)``.
        images: float32 ``(n, height, width, channels)``.
        numbers: Their classes, ``(n,)``.
        errors: Why others of the batch could not be read, by their row.
    """

    rows: np.ndarray
    images: np.ndarray
    numbers: np.ndarray
    errors: dict[int, str]


def batches(
    rows: Sequence[int], read: Callable[[int], tuple[np.ndarray, int]], shape: tuple[int, int, int], batch_size: int
) -> Iterator[Batch]:
    """The pictures of the rows, in their order, ``batch_size`` at a time.

    Under TensorFlow they come through ``tf.data``, elsewhere from threads.

    Args:
        rows: Numbers of pictures.
        read: The float32 picture of a row and its class; its ``ValueError`` says that there is none, and the
            others are still read.
        shape: Of a picture: height, width, channels.
        batch_size: How many rows make a batch; pictures that could not be read are missing in it.
    """
    import keras

    def safe(row: int) -> tuple[np.ndarray, int, str]:
        try:
            return *read(int(row)), ""
        except ValueError as error:
            return np.zeros(shape, np.float32), -1, str(error) or "not a readable picture"

    come = _by_tensorflow if keras.backend.backend() == "tensorflow" else _by_threads
    for some, images, numbers, errors in come(rows, safe, shape, batch_size):
        good = np.array([not error for error in errors], bool)
        bad = {int(row): error for row, error in zip(some, errors, strict=True) if error}
        yield Batch(some[good], images[good], numbers[good], bad)


def _by_tensorflow(rows, safe, shape, batch_size):
    import tensorflow as tf

    def encoded(row):
        image, number, error = safe(row)
        return image, np.int32(number), error.encode()

    def one(row):
        image, number, error = tf.numpy_function(encoded, [row], (tf.float32, tf.int32, tf.string))
        return row, tf.ensure_shape(image, shape), tf.ensure_shape(number, ()), tf.ensure_shape(error, ())

    every = tf.data.Dataset.from_tensor_slices(np.asarray(rows, np.int64))
    pictures = every.map(one, num_parallel_calls=READERS, deterministic=True)
    for some, images, numbers, errors in pictures.batch(batch_size).prefetch(1):
        yield some.numpy(), images.numpy(), numbers.numpy(), [text.decode() for text in errors.numpy()]


def _by_threads(rows, safe, shape, batch_size):
    with concurrent.futures.ThreadPoolExecutor(READERS) as readers:
        waiting: collections.deque = collections.deque()
        upcoming = iter(rows)
        while True:
            for row in itertools.islice(upcoming, 2 * batch_size - len(waiting)):
                waiting.append((row, readers.submit(safe, row)))
            if not waiting:
                return
            some = [waiting.popleft() for _ in range(min(batch_size, len(waiting)))]
            images, numbers, errors = zip(*(future.result() for _, future in some), strict=True)
            yield np.array([row for row, _ in some], np.int64), np.stack(images), np.array(numbers), list(errors)
