"""The batches of a run on pictures that do not fit into memory."""

import concurrent.futures
import logging
from typing import Any

import keras
import numpy as np

from zoo.data import inception, sources, streams
from zoo.data.batches import Batches, Drawn
from zoo.data.datasets import Dataset


class Crops(Batches):
    """All batches of a run, in order: shuffled anew in each epoch, each picture cropped by ``zoo.data.inception``.

    A picture of batch ``step`` of epoch ``epoch`` is a function of (seed, epoch, its place in the epoch) alone,
    whatever came before it and however many are read at the same time. One that cannot be read is named in a warning
    and the next of the data set stands in its place.

    Args:
        source: The pictures and their classes.
        shape: Height, width and channels at which the network is trained.
        recipe: Its batch size, epochs, seed, flip, crop area and label smoothing; see ``zoo.training.recipes.Recipe``.
        classes: How many there are.

    Raises ``ValueError`` if there are fewer pictures than one batch, or some are to be held out.
    """

    def __init__(self, source: sources.Pictures, shape: tuple[int, int, int], recipe: Drawn, classes: int) -> None:
        if recipe.validation:
            raise ValueError(
                f"Of a folder no pictures are held out. Received: validation={recipe.validation}. Move those that you "
                "want to measure on into its folder val."
            )
        nothing = np.empty((len(source), 0))  # the pictures and their classes are read when they are used
        super().__init__(nothing, nothing, recipe.batch_size, recipe.epochs, recipe.seed, flip=recipe.flip)
        self.source, self.shape, self.classes = source, shape, classes
        self.area, self.one_hot = recipe.crop_area or (1.0, 1.0), bool(recipe.label_smoothing)
        self._told: set[int] = set()

    def batch(self, update: int) -> tuple[np.ndarray, np.ndarray]:
        """Images and labels of one update of the run, counted from 0, whatever ``start`` is."""
        places = range(update * self.batch_size, (update + 1) * self.batch_size)
        with concurrent.futures.ThreadPoolExecutor(streams.READERS) as readers:
            images, numbers = zip(*readers.map(self.picture, places), strict=True)
        return np.stack(images), self._targets(np.array(numbers, np.int32))

    def picture(self, place: int) -> tuple[np.ndarray, int]:
        """The picture at a place of the run, and its class number.

        Raises ``ValueError`` if neither it nor any of the 100 after it can be read.
        """
        epoch, within = divmod(place, self.steps * self.batch_size)
        row = int(self.order(epoch)[within])
        for number in ((row + further) % len(self.source) for further in range(100)):
            generator = np.random.default_rng((self.seed, epoch, within))
            try:
                return inception.crop(
                    self.source, number, self.shape[:2], self.shape[2], generator, self.area, self.flip
                )
            except ValueError as error:
                self._tell(number, error)
        raise ValueError(f"{self.source.name(row)} and the 99 pictures after it cannot be read.")

    def feed(self) -> Any:
        """What ``fit`` takes: under TensorFlow a ``tf.data.Dataset``, which reads ahead; elsewhere this object."""
        if keras.backend.backend() != "tensorflow":
            return self
        import tensorflow as tf

        def one(place):
            return tf.numpy_function(self._picture, [place], (tf.uint8, tf.int32))

        def finished(images, numbers):
            images = tf.ensure_shape(images, (self.batch_size, *self.shape))
            numbers = tf.ensure_shape(numbers, (self.batch_size,))
            return images, tf.one_hot(numbers, self.classes) if self.one_hot else numbers

        places = tf.data.Dataset.range(self.start * self.batch_size, self.updates * self.batch_size)
        pictures = places.map(one, num_parallel_calls=streams.READERS, deterministic=True)
        return pictures.batch(self.batch_size, drop_remainder=True).map(finished).prefetch(2)

    def _picture(self, place):
        image, number = self.picture(int(place))
        return np.ascontiguousarray(image), np.int32(number)

    def _targets(self, numbers):
        return np.eye(self.classes, dtype=np.float32)[numbers] if self.one_hot else numbers

    def _tell(self, row: int, error: ValueError) -> None:
        if row not in self._told:
            self._told.add(row)
            logging.getLogger("zoo").warning("%s: %s; the next picture is taken.", self.source.name(row), error)


def of(recipe: Drawn, data: Dataset | sources.OnDisk) -> Batches:
    """The batches of a recipe, from memory or from the disk; raises ``ValueError`` as they do."""
    if isinstance(data, sources.OnDisk):
        return Crops(data.train, data.shape, recipe, len(data.classes))
    return Batches.of(recipe, data)
