"""Confidence that is as often right as it says: temperature scaling and what measures it."""

import numpy as np
import numpy.typing as npt

BINS = 15
"""Bins of ``ece``, as in the paper."""
RANGE = (0.05, 20.0)
"""The least and the largest temperature: with every answer right the likelihood would ask for 0."""
_HALVINGS = 60


def softmax(logits: npt.ArrayLike) -> np.ndarray:
    """``pᵢ = exp zᵢ / Σⱼ exp zⱼ`` along the last axis, in float64."""
    z = np.asarray(logits, np.float64)
    powers = np.exp(z - np.max(z, -1, keepdims=True))
    return powers / np.sum(powers, -1, keepdims=True)


def tempered(probabilities: npt.ArrayLike, temperature: float) -> np.ndarray:
    """``softmax(z / T)`` of the logits z = log p: the order of the classes stays, above T = 1 they come closer.

    Args:
        probabilities: ``(…, classes)``.
        temperature: T > 0.

    Raises ``ValueError`` if T is not a positive number.
    """
    if not 0 < temperature < np.inf:
        raise ValueError(f"A temperature must be positive and finite. Received: {temperature}.")
    return softmax(_logits(probabilities) / temperature)


def nll(probabilities: npt.ArrayLike, labels: npt.ArrayLike) -> float:
    """``−mean log p_y``: the negative log-likelihood of the classes, in nats.

    Args:
        probabilities: ``(n, classes)``.
        labels: Class numbers, ``(n,)``.
    """
    return surprise(np.take_along_axis(np.asarray(probabilities), np.asarray(labels)[:, None], -1))


def surprise(likelihoods: npt.ArrayLike) -> float:
    """``−mean log p``, p the probabilities of what was the case."""
    return -float(np.mean(_logits(likelihoods)))


def ece(probabilities: npt.ArrayLike, labels: npt.ArrayLike, bins: int = BINS) -> float:
    """``Σ_b n_b / n |accuracy_b − confidence_b|``: the expected calibration error over bins of equal width.

    The confidence is the largest probability; a bin is open below and closed above.

    Source: Guo et al. (2017, arXiv:1706.04599), eq. 5.

    Args:
        probabilities: ``(n, classes)``.
        labels: Class numbers, ``(n,)``.
        bins: How many there are between 0 and 1.
    """
    probabilities = np.asarray(probabilities, np.float64)
    return gap(np.max(probabilities, -1), np.argmax(probabilities, -1) == np.asarray(labels), bins)


def gap(confidence: np.ndarray, right: np.ndarray, bins: int = BINS) -> float:
    """``ece`` of the largest probabilities, ``(n,)``, and whether their classes are right."""
    place = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    gaps = np.bincount(place, right - confidence, bins)
    return float(np.sum(np.abs(gaps)) / len(confidence))


def temperature_of(probabilities: npt.ArrayLike, labels: npt.ArrayLike) -> float:
    """The T that minimises ``nll`` of ``softmax(z / T)``.

    In β = 1/T the negative log-likelihood is convex, and its derivative mean(E_p[z] − z_y) is bisected on log T.

    Source: Guo et al. (2017, arXiv:1706.04599), §4.2.

    Args:
        probabilities: ``(n, classes)``.
        labels: Class numbers, ``(n,)``.

    Returns:
        T within ``RANGE``.
    """
    z = _logits(probabilities)
    own = np.take_along_axis(z, np.asarray(labels)[:, None], -1)[:, 0]
    low, high = RANGE
    for _ in range(_HALVINGS):
        middle = float(np.sqrt(low * high))
        # Where E_p[z] < z_y in the mean, a smaller temperature is more likely.
        cooler = np.mean(np.sum(softmax(z / middle) * z, -1) - own) < 0
        low, high = (low, middle) if cooler else (middle, high)
    return float(np.sqrt(low * high))


def cross_fitted(probabilities: npt.ArrayLike, labels: npt.ArrayLike) -> np.ndarray:
    """The probabilities of every second sample under the temperature of the others: none has seen its own class.

    Args:
        probabilities: ``(n, classes)``.
        labels: Class numbers, ``(n,)``.
    """
    given, labels = np.asarray(probabilities, np.float64), np.asarray(labels)
    result = np.empty_like(given)
    for fold in (0, 1):
        result[fold::2] = tempered(given[fold::2], temperature_of(given[1 - fold :: 2], labels[1 - fold :: 2]))
    return result


def _logits(probabilities):
    """Logarithms, with the smallest normal number of float32 in the place of 0."""
    return np.log(np.maximum(np.asarray(probabilities, np.float64), np.finfo(np.float32).tiny))
