"""How far the probabilities of a classifier are to be believed."""

import keras
import numpy as np

from zoo import applications
from zoo.numerics import calibration


def probabilities_of(model: keras.Model, outputs: np.ndarray) -> np.ndarray:
    """``softmax(z / T)``: what a classifier answers, under the temperature that is known of it.

    Args:
        model: The classifier; ``zoo.applications.calibration`` says its temperature.
        outputs: Its probabilities or logits, ``(n, classes)``.

    Returns:
        ``(n, classes)``; rows that are not finite as they are.
    """
    if getattr(model.output._keras_history.operation, "activation", None) is keras.activations.linear:
        return probabilities_of_logits(model, outputs)
    known = applications.calibration(model)
    if known is None:
        return outputs
    finite, result = np.isfinite(outputs).all(-1), np.array(outputs, "float64")
    result[finite] = calibration.tempered(result[finite], known.temperature)
    return result


def probabilities_of_logits(model: keras.Model, logits: np.ndarray) -> np.ndarray:
    """The same of logits, whatever the model ends in."""
    known = applications.calibration(model)
    finite, result = np.isfinite(logits).all(-1), np.array(logits, "float64")
    result[finite] = calibration.softmax(result[finite] / (1.0 if known is None else known.temperature))
    return result


class Confidence:
    """The calibration error and the negative log-likelihood of a classifier, batch by batch.

    Args:
        model: The classifier, whose temperature is applied if one is known.
    """

    def __init__(self, model: keras.Model) -> None:
        self.model = model
        self._parts: list[tuple[np.ndarray, ...]] = []

    def add(self, outputs: np.ndarray, labels: np.ndarray) -> None:
        """Take the outputs for a batch, ``(n, classes)``, whose rows that are not finite are left out."""
        finite = np.isfinite(outputs).all(-1)
        given, labels = probabilities_of(self.model, outputs[finite]), labels[finite]
        if len(labels):
            likelihoods = np.take_along_axis(given, labels[:, None], -1)[:, 0]
            self._parts.append((np.max(given, -1), np.argmax(given, -1) == labels, likelihoods))

    @property
    def ece(self) -> float:
        """The expected calibration error; NaN without any answer."""
        return calibration.gap(*self._together()[:2]) if self._parts else np.nan

    @property
    def nll(self) -> float:
        """The negative log-likelihood in nats; NaN without any answer."""
        return calibration.surprise(self._together()[2]) if self._parts else np.nan

    def _together(self):
        return [np.concatenate(parts) for parts in zip(*self._parts, strict=True)]
