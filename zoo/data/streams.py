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
        images: uint8 ``(n, height, width, channels)``.
        errors: Why others of the batch could not be read, by their row.
    """

    rows: np.ndarray
    images: np.ndarray
    errors: dict[int, str]


def batches(
    rows: Sequence[int], read: Callable[[int], np.ndarray], shape: tuple[int, int, int], batch_size: int
) -> Iterator[Batch]:
    """The pictures of the rows, in their order, ``batch_size`` at a time.

    Under TensorFlow they come through ``tf.data``, elsewhere from threads; the pixels are the same.

    Args:
        rows: Numbers of pictures.
        read: The uint8 picture of a row; its ``ValueError`` says that there is none, and the others are still read.
        shape: Of a picture: height, width, channels.
        batch_size: How many rows make a batch; pictures that could not be read are missing in it.
    """
    import keras

    def safe(row: int) -> tuple[np.ndarray, str]:
        try:
            return read(int(row)), ""
        except ValueError as error:
            return np.zeros(shape, np.uint8), str(error) or "not a readable picture"

    come = _by_tensorflow if keras.backend.backend() == "tensorflow" else _by_threads
    for numbers, images, errors in come(rows, safe, shape, batch_size):
        good = np.array([not error for error in errors], bool)
        bad = {int(number): error for number, error in zip(numbers, errors, strict=True) if error}
        yield Batch(numbers[good], images[good], bad)


def _by_tensorflow(rows, safe, shape, batch_size):
    import tensorflow as tf

    def one(row):
        image, error = tf.numpy_function(lambda number: _encoded(*safe(number)), [row], (tf.uint8, tf.string))
        return row, tf.ensure_shape(image, shape), tf.ensure_shape(error, ())

    numbers = tf.data.Dataset.from_tensor_slices(np.asarray(rows, np.int64))
    pictures = numbers.map(one, num_parallel_calls=READERS, deterministic=True)
    for row, image, error in pictures.batch(batch_size).prefetch(1):
        yield row.numpy(), image.numpy(), [text.decode() for text in error.numpy()]


def _encoded(image, error):
    return image, error.encode()


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
            images, errors = zip(*(future.result() for _, future in some), strict=True)
            yield np.array([row for row, _ in some], np.int64), np.stack(images), list(errors)
