"""The batches of a run, as functions of (seed, epoch, step)."""

from typing import Any, Protocol

import keras
import numpy as np

from zoo.data.augment import flip_and_crop
from zoo.data.datasets import Dataset


class Drawn(Protocol):
    """What ``Batches.of`` reads of a recipe; ``zoo.training.recipes.Recipe`` has it, in a room above this one."""

    @property
    def batch_size(self) -> int: ...

    @property
    def epochs(self) -> int: ...

    @property
    def seed(self) -> int: ...

    @property
    def augment(self) -> bool: ...

    @property
    def flip(self) -> bool: ...

    @property
    def crop_area(self) -> tuple[float, float] | None: ...

    @property
    def label_smoothing(self) -> float: ...

    @property
    def validation(self) -> int: ...


class Batches(keras.utils.PyDataset):
    """All batches of a run, in order: shuffled anew in each epoch and augmented.

    Batch ``step`` of epoch ``epoch`` is a function of (seed, epoch, step) alone, whatever came before it. The last,
    smaller batch of an epoch is left out, as every image has the same chance to be in it.

    Args:
        images: uint8 ``(n, height, width, channels)``.
        labels: ``(n,)``, or ``(n, classes)`` one-hot.
        batch_size: Images in a batch.
        epochs: Passes over the images. Defaults to ``1``.
        seed: Integer ≥ 0. Defaults to ``0``.
        augment: Whether to crop and perhaps flip (see ``flip_and_crop``). Defaults to ``True``.
        flip: Whether to flip then. Defaults to ``True``.

    Attributes:
        steps: Batches in an epoch; ``updates``: in the run.
        start: Batches already done: index 0 is the batch after them. ``len`` counts those that are left.

    Raises ``ValueError`` if there are fewer images than one batch.
    """

    def __init__(
        self,
        images: np.ndarray,
        labels: np.ndarray,
        batch_size: int,
        epochs: int = 1,
        seed: int = 0,
        augment: bool = True,
        flip: bool = True,
    ) -> None:
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
    def of(cls, recipe: Drawn, data: Dataset) -> "Batches":
        """The batches of a recipe on the training images of a data set, without those that it holds out.

        Args:
            recipe: See ``zoo.training.recipes.Recipe``.
            data: The whole data set; ``recipe.validation`` of its training images are left out here.
        """
        data, _, _ = data.held_out(recipe.validation)
        labels = data.y_train
        if recipe.label_smoothing:
            labels = np.eye(len(data.classes), dtype=np.float32)[labels]
        passes = (recipe.batch_size, recipe.epochs, recipe.seed)
        return cls(data.x_train, labels, *passes, recipe.augment, recipe.flip)

    def feed(self) -> Any:
        """What ``fit`` takes: this object, from ``start`` on."""
        return self

    def __len__(self) -> int:
        return self.updates - self.start

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        return self.batch(self.start + index)

    def batch(self, update: int) -> tuple[np.ndarray, np.ndarray]:
        """Images and labels of one update of the run, counted from 0, whatever ``start`` is."""
        epoch, step = divmod(update, self.steps)
        rows = self.order(epoch)[step * self.batch_size : (step + 1) * self.batch_size]
        images = self.images[rows]
        if self.augment:
            images = flip_and_crop(images, np.random.default_rng((self.seed, epoch, step)), flip=self.flip)
        return images, self.labels[rows]

    def order(self, epoch: int) -> np.ndarray:
        """The permutation of the images in an epoch, counted from 0."""
        if self._order[0] != epoch:
            permutation = np.random.default_rng((self.seed, epoch)).permutation(len(self.images))
            self._order = (epoch, permutation)
        return self._order[1]
