"""Rectified flow: a flow learns the pairs of noise and picture that another one makes, for straight paths."""

import dataclasses
import pathlib
from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

from zoo.data import files
from zoo.data.batches import Batches
from zoo.data.datasets import Dataset
from zoo.flows import FlowModel
from zoo.training.recipe import MatchingRecipe
from zoo.weights import file

AT_ONCE = 250
"""Pictures that the teacher makes at once."""


class Way(NamedTuple):
    """How the teacher makes a picture; see ``zoo.flows.FlowModel.sample``."""

    solver: str
    steps: int
    guidance: float | tuple[float, float, float]


def noise(recipe: MatchingRecipe, shape: tuple[int, ...]) -> np.ndarray:
    """The noise of every pair of a recipe, ``(pairs, …)`` float32, a function of its seed."""
    return np.random.default_rng((recipe.seed, recipe.pairs)).standard_normal((recipe.pairs, *shape), "float32")


def taught(
    teacher: FlowModel,
    way: Way,
    recipe: MatchingRecipe,
    dataset: Dataset,
    directory: pathlib.Path,
    track: Callable[[Iterable], Iterable] = iter,
) -> Dataset:
    """The data set with the teacher's pictures in the place of its training pictures, all classes in turn.

    They are float32 in [0, 256), not rounded, and are kept as ``pairs.safetensors`` in the folder, from where a run
    that goes on reads them.

    Args:
        teacher: A flow of the pictures of the data set, with classes.
        way: How it makes them.
        recipe: How many, and the seed of the noise; see ``noise``.
        dataset: What the pictures are of.
        directory: Of the run; made if missing.
        track: Goes over the batches, such as a progress bar.

    Raises:
        ValueError: The file is no such file.
        OSError: It cannot be written.
    """
    path = pathlib.Path(directory).expanduser() / "pairs.safetensors"
    path.parent.mkdir(parents=True, exist_ok=True)
    labels = (np.arange(recipe.pairs) % len(dataset.classes)).astype("int32")
    if path.exists():
        made = file.read(path)[0]["pictures"]
    else:
        z = noise(recipe, dataset.x_train.shape[1:])
        starts = track(range(0, recipe.pairs, AT_ONCE))
        made = np.concatenate([_made(teacher, way, z[n : n + AT_ONCE], labels[n : n + AT_ONCE]) for n in starts])
        files.write(path, file.packed({"pictures": made}, {"teacher": recipe.teacher}))
    return dataclasses.replace(dataset, x_train=made, y_train=labels)


def _made(teacher, way, z, labels):
    how = way._asdict()
    return teacher.sample(len(z), noise=z, condition=labels, **how).values.astype("float32")


class RectifyingBatches(Batches):
    """``x_t = (1 − t) z + t x`` with t and the class, and ``x − z``, of pairs (z, x) that a flow made: x its picture of
    the noise z, scaled to [-1, 1].

    Those of ``zoo.training.matching.MatchingBatches`` pair any noise with any picture, so that lines cross and the mean
    velocity, which is learnt, bends. Pairs of a flow do so much less.

    Source: Liu, Gong and Liu (2023, arXiv:2209.03003), algorithm 1.

    Args:
        recipe: The size of a batch, the epochs, the pairs and the seed.
        pictures: float32 in [0, 256), ``(pairs, height, width, channels)``, of the noise ``noise(recipe, …)``.
        labels: Their class numbers, ``(pairs,)``.
    """

    def __init__(self, recipe: MatchingRecipe, pictures: np.ndarray, labels: np.ndarray) -> None:
        super().__init__(pictures, labels, recipe.batch_size, recipe.epochs, recipe.seed, augment=False)
        self.noise = noise(recipe, pictures.shape[1:])

    def batch(self, update: int) -> tuple[dict[str, np.ndarray], np.ndarray]:  # type: ignore[override]
        """What goes into the model of ``regression`` and what is to come out, for one update of the run."""
        epoch, step = divmod(update, self.steps)
        rows = self.order(epoch)[step * self.batch_size : (step + 1) * self.batch_size]
        x, z = self.images[rows] / np.float32(128) - 1, self.noise[rows]
        t = np.random.default_rng((self.seed, epoch, step)).random((len(x), 1, 1, 1), "float32")
        return {"t": t[:, 0, 0, 0], "u": (1 - t) * z + t * x, "condition": self.labels[rows]}, x - z
