"""Where the batches of a training come from: pictures in memory, or a ``tf.data.Dataset`` that is read as it goes."""

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np

from zoo.data.augment import flip_and_crop
from zoo.data.batches import Batches
from zoo.training.finetuning import pairs
from zoo.training.finetuning.arguments import Options

Batch = tuple[np.ndarray, np.ndarray]


class Source(Protocol):
    """Batches of uint8 pictures of the model's size and int32 class numbers."""

    @property
    def steps(self) -> int:
        """Batches in a pass."""

    def batches(self, passes: int) -> Iterator[Batch]:
        """``passes`` times ``steps`` batches."""


class Pictures:
    """Pictures in memory, shuffled anew in each pass; see ``zoo.data.batches.Batches``."""

    def __init__(self, images: np.ndarray, numbers: np.ndarray, options: Options) -> None:
        self.images, self.numbers, self.options = images, numbers, options
        self.batch_size = min(options.batch_size, len(images))
        self.steps = len(images) // self.batch_size

    def batches(self, passes: int) -> Iterator[Batch]:
        drawn = (self.batch_size, passes, self.options.seed, self.options.augment)
        batches = Batches(self.images, self.numbers, *drawn)
        return (batches[index] for index in range(len(batches)))


class Stream:
    """A batched dataset, gone through anew in each pass, in its own order and in its own batches.

    It is gone through once at the start, to count and to check; raises ``ValueError`` for what does not fit.
    """

    def __init__(self, dataset: Any, input_shape: tuple[int, ...], classes: int, options: Options) -> None:
        self.dataset, self.input_shape, self.classes, self.options = dataset, input_shape, classes, options
        self.steps = sum(1 for _ in batches_of(dataset, input_shape, classes))

    def batches(self, passes: int) -> Iterator[Batch]:
        for number in range(passes):
            step = 0
            while step < self.steps:  # a dataset that gives fewer batches this time begins again
                for images, labels in batches_of(self.dataset, self.input_shape, self.classes):
                    if step == self.steps:
                        break
                    if self.options.augment:
                        images = flip_and_crop(images, np.random.default_rng((self.options.seed, number, step)))
                    yield images, labels
                    step += 1


def of(data: Any, input_shape: tuple[int, ...], classes: int, options: Options) -> Source:
    """The source of a pair of arrays or of a dataset; raises ``ValueError`` for what does not fit."""
    if is_dataset(data):
        return Stream(data, input_shape, classes, options)
    return Pictures(*in_memory(data, input_shape, classes), options)


def in_memory(data: Any, input_shape: tuple[int, ...], classes: int, name: str = "data") -> Batch:
    """All pictures and class numbers of a pair of arrays or of a dataset."""
    if is_dataset(data):
        batches = list(batches_of(data, input_shape, classes, name))
        return np.concatenate([images for images, _ in batches]), np.concatenate([numbers for _, numbers in batches])
    images, numbers = pairs.fitted(data, input_shape, classes, name)
    raw = np.asarray(data[0])
    pairs.check_scale(raw.max(), raw.dtype, name)
    return images, numbers


def is_dataset(data: Any) -> bool:
    """Whether it is a ``tf.data.Dataset``, asked without importing TensorFlow."""
    return hasattr(data, "as_numpy_iterator") and hasattr(data, "element_spec")


def batches_of(dataset: Any, input_shape: tuple[int, ...], classes: int, name: str = "data") -> Iterator[Batch]:
    """The batches of a dataset, each checked and brought to the model's size; at least one."""
    spec = dataset.element_spec
    if not isinstance(spec, tuple) or len(spec) != 2:
        raise ValueError(f"{name} must be a tf.data.Dataset of pairs (images, labels). Received: {spec}.")
    if len(spec[1].shape) == 0:
        raise ValueError(f"{name} must be a batched tf.data.Dataset: add .batch(32). Received elements: {spec}.")
    if int(dataset.cardinality()) == -1:  # tf.data.INFINITE_CARDINALITY
        raise ValueError(f"{name} never ends. Expected a tf.data.Dataset of one pass: leave out its .repeat().")
    greatest, dtype = -np.inf, np.dtype(np.uint8)
    for images, labels in dataset.as_numpy_iterator():
        yield pairs.fitted((images, labels), input_shape, classes, name)
        greatest, dtype = max(greatest, images.max()), images.dtype
    if greatest == -np.inf:
        raise ValueError(f"{name} is empty. Expected at least one batch of pictures.")
    pairs.check_scale(greatest, dtype, name)
