"""What a classifier answers: labels, probabilities, and how sure it is of them."""

import dataclasses
import os
from typing import Any

import keras
import numpy as np

from zoo import _check, applications
from zoo.analysis.confidence import probabilities_of, probabilities_of_logits
from zoo.analysis.discretization_error import until_settled
from zoo.serving import inputs

SETTLED = "settled"


@dataclasses.dataclass(frozen=True)
class Answers:
    """The answers for n pictures.

    Attributes:
        probabilities: ``(n, classes)``, under the temperature of ``zoo.applications.calibration``; not finite where the
            network has no answer.
        names: Of the classes, in the order of the outputs.
        most: How many classes ``top`` names.
        min_confidence: What the largest probability must reach.
        settled: For ``until="settled"``: whether the label can no longer change, as far as ``discretization_error``
            can say, ``(n,)``.
        discretization_error: For ``until="settled"``: e in logits, ``(n,)``; see ``zoo.analysis.estimate``.
        nfe: For ``until="settled"``: evaluations of the fields, ``(n,)``.
    """

    probabilities: np.ndarray
    names: tuple[str, ...]
    most: int = 5
    min_confidence: float = 0.0
    settled: np.ndarray | None = None
    discretization_error: np.ndarray | None = None
    nfe: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.probabilities)

    @property
    def answered(self) -> np.ndarray:
        """Whether all outputs are finite, ``(n,)``: else the weights are not, or a solver did not come to the end."""
        return np.isfinite(self.probabilities).all(-1)

    @property
    def unsure(self) -> np.ndarray:
        """Whether no class has at least ``min_confidence``, ``(n,)``; so is every picture without an answer."""
        return ~(self.answered & (np.max(self.probabilities, -1) >= self.min_confidence))

    @property
    def labels(self) -> list[str | None]:
        """The most probable class of each picture, ``None`` where there is no answer."""
        return [best[0][0] if best else None for best in self.top]

    @property
    def top(self) -> list[list[tuple[str, float]]]:
        """The most probable classes of each picture with their probabilities; empty where there is no answer."""
        return [self._best(row) if found else [] for row, found in zip(self.probabilities, self.answered, strict=True)]

    def _best(self, row):
        order = np.argsort(-row, kind="stable")[: self.most]
        return [(self.names[number], float(row[number])) for number in order]


def predict(
    model: keras.Model | str | os.PathLike,
    images: Any,
    top: int = 5,
    until: str | None = None,
    min_confidence: float = 0.0,
    batch_size: int = 100,
) -> Answers:
    """What is on pictures, with the confidence of the model and, of an ODE-Net, the error of its discretisation.

    Args:
        model: What ``zoo.load`` takes, or a classifier for pictures of one size, with probabilities or logits.
        images: Raw pictures 0..255, ``(n, height, width[, 1 or 3])`` or one of them, of any size; or paths of files.
        top: How many classes are named.
        until: ``"settled"``: an ODE-Net is begun on a cheap grid, and only pictures whose label can still change are
            integrated more finely (``zoo.analysis.until_settled``). Defaults to ``None``: the model as it is.
        min_confidence: A largest probability below it is ``unsure``. Defaults to ``0``.
        batch_size: Pictures at once.

    Raises:
        ValueError: An argument out of its range, pictures that cannot be read, a model that is no classifier, or with
            ``until="settled"`` one whose stages are no flows.

    Example:
        >>> answers = zoo.predict("resnet20", np.full((1, 32, 32, 3), 127, "uint8"), top=2, min_confidence=0.999)
        >>> len(answers.top[0]), bool(answers.unsure[0])
        (2, True)
    """
    top = _check.integer(top, "top")
    if until not in (None, SETTLED):
        raise ValueError(f"until must be None or {SETTLED!r}. Received: until={until!r}.")
    if not 0 <= _check.finite(min_confidence, "min_confidence") <= 1:
        raise ValueError(f"min_confidence is a probability, 0..1. Received: min_confidence={min_confidence!r}.")
    network = model if isinstance(model, keras.Model) else applications.load(model)
    if len(network.outputs) != 1 or len(network.output_shape) != 2:
        raise ValueError(f"{network.name} is no classifier (include_top=True). Received: {network.output_shape}.")
    images = inputs.fitted(network, images)
    names = applications.labels(network) or tuple(str(number) for number in range(network.output_shape[1]))
    if until is None:
        outputs = network.predict(images, batch_size, verbose=0)
        return Answers(probabilities_of(network, outputs), names, top, min_confidence)
    found = until_settled(network, images, batch_size=batch_size)
    shares = probabilities_of_logits(network, found.logits)
    return Answers(shares, names, top, min_confidence, found.settled, found.error, found.nfe)
