"""The batches of a run, as functions of (seed, epoch, step)."""

import keras
import numpy as np

from zoo.data.augment import flip_and_crop
from zoo.data.datasets import Dataset


class Batches(keras.utils.PyDataset):
    """All batches of a run, in order: shuffled anew in each epoch and augmented.

    Batch ``step`` of epoch ``epoch`` is a function of (seed, epoch, step) alone, whatever came before it. The last,
    smaller batch of an epoch is left out, as every image has the same chance to be in it.

    Args:
        images: uint8 ``(n, height, width, channels)``.
        labels: ``(n,)``, or ``(n, classes)`` one-hot.
        batch_size: Images in a batch.
        epochs: Passes over the images.
        seed: Integer ≥ 0.
        augment: Whether to crop and perhaps flip (see ``flip_and_crop``).
        flip: Whether to flip then.

    Attributes:
        steps: Batches in an epoch; ``updates``: in the run.
        start: Batches already done: index 0 is the batch after them. ``len`` counts those that are left.

    Raises ``ValueError`` if there are fewer images than one batch.
    """

    def __init__(self, images, labels, batch_size, epochs=1, seed=0, augment=True, flip=True):
        super().__init__()
        if len(images) < batch_size:
            raise ValueError(f"Expected at least one batch of {batch_size} images. Received: {len(images)}.")
        self.images, self.labels = images, labels
        self.batch_size, self.epochs, self.seed = batch_size, epochs, seed
        self.augment, self.flip = augment, flip
        self.steps = len(images) // batch_size
        self.updates = epochs * self.steps
        self.start = 0
        self._order = (-1, np.empty(0, np.int64))

    @classmethod
    def of(cls, recipe, data: Dataset):
        """The batches of a recipe on the training images of a data set."""
        labels = data.y_train
        if recipe.label_smoothing:
            labels = np.eye(len(data.classes), dtype=np.float32)[labels]
        passes = (recipe.batch_size, recipe.epochs, recipe.seed)
        return cls(data.x_train, labels, *passes, recipe.augment, recipe.flip)

    def __len__(self):
        return self.updates - self.start

    def __getitem__(self, index):
        return self.batch(self.start + index)

    def batch(self, update):
        """Images and labels of one update of the run, counted from 0."""
        epoch, step = divmod(update, self.steps)
        rows = self.order(epoch)[step * self.batch_size : (step + 1) * self.batch_size]
        images = self.images[rows]
        if self.augment:
            images = flip_and_crop(images, np.random.default_rng((self.seed, epoch, step)), flip=self.flip)
        return images, self.labels[rows]

    def order(self, epoch):
        """The permutation of an epoch."""
        if self._order[0] != epoch:
            permutation = np.random.default_rng((self.seed, epoch)).permutation(len(self.images))
            self._order = (epoch, permutation)
        return self._order[1]
