"""How good the samples of a flow of pictures are: named as wanted, spread as real ones, and not copied."""

import dataclasses

import keras
import numpy as np

from zoo.data.datasets import Dataset

COMPARED = 1000
"""Samples, and test pictures, whose nearest training picture is looked for."""
BATCH = 200
"""Pictures that the classifier sees at once."""
NEAR = 1.0
"""Percent of the test pictures that are so near to a training picture that a sample which is nearer counts as near."""


@dataclasses.dataclass(frozen=True)
class Quality:
    """What is measured of samples.

    Attributes:
        named: Percent of the samples that a classifier names as wanted.
        worst: The same of the class that is named worst.
        frechet: The Fréchet distance between samples and training pictures in the features of the classifier.
        real: That between test and training pictures, as many of each class.
        nearest: The median distance of a sample to the nearest training picture, grey levels 0..1.
        test: That of a test picture.
        near: Percent of the samples that are nearer to a training picture than all but ``NEAR`` percent of the test
            pictures.
    """

    named: float
    worst: float
    frechet: float
    real: float
    nearest: float
    test: float
    near: float

    @property
    def ratio(self) -> float:
        """The Fréchet distance in units of that between real pictures: 1 for real ones."""
        return self.frechet / self.real

    def faults(self, named: float = 95.0, ratio: float = 5.0, near: float = 10.0) -> list[str]:
        """What is not as good as that, in words: no fault of samples that are named, spread and new enough.

        Args:
            named: The least percent that is named as wanted.
            ratio: The most that ``ratio`` may be; a sampler of few pictures has more.
            near: The most that ``near`` may be; a sampler that copies training pictures has 100.
        """
        found = [f"{self.named:.1f} % are named as wanted, less than {named:g} %"] if self.named < named else []
        found += [f"the Fréchet distance is {self.ratio:.1f} times that of real ones"] if self.ratio > ratio else []
        return found + ([f"{self.near:.1f} % are as near to a training picture as a copy"] if self.near > near else [])


def measure(pictures: np.ndarray, wanted: np.ndarray, dataset: Dataset, classifier: keras.Model) -> Quality:
    """The quality of samples of all classes of a data set.

    Every class counts the same: as many samples, test and training pictures of each are compared as there are of the
    rarest, so that a finite number biases both Fréchet distances in the same way.

    Source of the distance: Heusel et al. (2017, arXiv:1706.08500), equation 6, with the classifier's features.

    Args:
        pictures: uint8 ``(n, height, width, channels)``.
        wanted: The class that each was to be of, ``(n,)``.
        dataset: The data set that the flow is of.
        classifier: A network of ``zoo.applications`` with a head, for the pictures and classes of the data set.

    Raises:
        ValueError: A class has no sample, or fewer than two.
    """
    classes = range(len(dataset.classes))
    counts = [int(np.count_nonzero(labels == each)) for labels in (wanted, dataset.y_test) for each in classes]
    count = min(counts)
    if count < 2:
        raise ValueError(f"Expected at least 2 samples of each of {len(classes)} classes. Received: {min(counts)}.")
    seeing = keras.Model(classifier.inputs, [classifier.layers[-1].input, classifier.output])
    features, probabilities = seeing.predict(pictures, batch_size=BATCH, verbose=0)
    right = probabilities.argmax(axis=1) == wanted
    train, test = ((dataset.x_train, dataset.y_train), (dataset.x_test, dataset.y_test))
    real = (images[balanced(labels, count)] for images, labels in (train, test))
    reference, held_out = (seeing.predict(images, batch_size=BATCH, verbose=0)[0] for images in real)
    some = [images[spread(len(images), COMPARED)] for images in (pictures, dataset.x_test)]
    nearest, of_test = (distances(each, dataset.x_train) for each in some)
    return Quality(
        named=100 * float(right.mean()),
        worst=100 * min(float(right[wanted == each].mean()) for each in classes),
        frechet=frechet(features[balanced(wanted, count)], reference),
        real=frechet(held_out, reference),
        nearest=float(np.median(nearest)),
        test=float(np.median(of_test)),
        near=100 * float(np.mean(nearest < np.percentile(of_test, NEAR))),
    )


def frechet(a: np.ndarray, b: np.ndarray) -> float:
    """``‖μ_a − μ_b‖² + tr(C_a + C_b − 2 (C_a C_b)^½)`` of features ``(n, size)``: two normal distributions compared."""
    a, b = a.astype("float64"), b.astype("float64")
    c, d = (np.atleast_2d(np.cov(each, rowvar=False)) for each in (a, b))
    squares, axes = np.linalg.eigh(c)
    root = axes * np.sqrt(squares.clip(0)) @ axes.T  # the trace of (C D)^½ is that of (C^½ D C^½)^½, which is symmetric
    values = np.linalg.eigvalsh(root @ d @ root)
    return float(np.sum((a.mean(0) - b.mean(0)) ** 2) + np.trace(c + d) - 2 * np.sqrt(values.clip(0)).sum())


def distances(pictures: np.ndarray, training: np.ndarray) -> np.ndarray:
    """The Euclidean distance of each picture to the nearest training picture, grey levels 0..1, ``(n,)``."""
    a, b = (each.reshape(len(each), -1).astype("float32") / 255 for each in (pictures, training))
    squares = np.full(len(a), np.inf, "float32")
    for start in range(0, len(b), 10_000):
        part = b[start : start + 10_000]
        both = (a**2).sum(1)[:, None] + (part**2).sum(1) - 2 * a @ part.T
        squares = np.minimum(squares, both.min(axis=1))
    return np.sqrt(squares.clip(0))


def balanced(labels: np.ndarray, count: int) -> np.ndarray:
    """The rows of the first ``count`` of each class."""
    return np.concatenate([np.flatnonzero(labels == each)[:count] for each in np.unique(labels)])


def spread(total: int, count: int) -> np.ndarray:
    """At most ``count`` rows, evenly over all."""
    return np.unique(np.linspace(0, total - 1, min(total, count)).round().astype(int))
