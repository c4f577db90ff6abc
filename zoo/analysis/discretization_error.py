"""How far an answer of an ODE-Net is from that of the exact flow, and whether its label can still change."""

import dataclasses
from collections.abc import Sequence

import keras
import numpy as np

from zoo import _check
from zoo.analysis.discretized_logits import answers
from zoo.analysis.work_precision import Setting


@dataclasses.dataclass(frozen=True)
class Estimate:
    """The answers for n pictures and what is known of their distance from the flow's.

    Attributes:
        logits: ``(n, classes)``.
        error: e of each picture, ``(n,)``.
        nfe: Evaluations of the fields that each picture took, those of the comparison included, ``(n,)``.
    """

    logits: np.ndarray
    error: np.ndarray
    nfe: np.ndarray

    @property
    def labels(self) -> np.ndarray:
        """The numbers of the most probable classes, ``(n,)``."""
        return np.argmax(self.logits, -1)

    @property
    def lead(self) -> np.ndarray:
        """The largest logit less the second largest, ``(n,)``."""
        second, first = np.sort(self.logits, -1)[:, -2:].T
        return first - second

    @property
    def settled(self) -> np.ndarray:
        """Whether no logits within e have another label: the lead is more than 2e; never where one is not finite."""
        return self.lead > 2 * self.error


SETTLING = (
    Setting("euler", 1),
    *(Setting("midpoint", steps) for steps in (1, 2, 4)),
    *(Setting("rk4", steps) for steps in (4, 8)),
)
"""The grids that ``until_settled`` goes through, the cheapest first."""


_OF_ONE_STEP = {"euler": "midpoint", "midpoint": "euler", "rk4": "midpoint"}
"""One step of another order that begins with the same evaluations."""


def companion(setting: Setting) -> Setting:
    """The discretisation whose answer a setting's is compared with.

    * Adaptive steps: a tenth of the tolerance.
    * One step of Euler's method, midpoint or rk4: one step of midpoint, Euler's method or midpoint, whose evaluations
      are among its own or begin with them.
    * An even number of steps h: steps of 2h. Another odd one: steps of h/2.
    """
    if setting.steps is None:
        return dataclasses.replace(setting, tolerance=setting.tolerance / 10)
    if setting.steps == 1 and setting.solver in _OF_ONE_STEP:
        return dataclasses.replace(setting, solver=_OF_ONE_STEP[setting.solver])
    steps = setting.steps * 2 if setting.steps % 2 else setting.steps // 2
    return dataclasses.replace(setting, steps=steps)


def estimate(model: keras.Model, images: np.ndarray, setting: Setting, batch_size: int = 100) -> Estimate:
    """``e = maxⱼ |zⱼ − z′ⱼ|``: the logits z under a setting against z′ under its companion, of the same weights.

    The error of a method of order p with small enough steps h is about h^p C. Against steps of 2h, e ≈ (2^p − 1) h^p C:
    the error of Euler's method and a bound for higher orders; against h/2, e ≈ (1 − 2^−p) h^p C, a part of it. It is
    an estimate: fields with kinks, such as ReLU's, have no order, and long steps do not follow it.

    Args:
        model: A classifier as for ``zoo.rediscretize``, with probabilities or logits.
        images: Raw pictures, ``(n, height, width, channels)``.
        setting: The method that answers.
        batch_size: Pictures at once, which share adaptive steps.

    Raises ``ValueError`` as ``zoo.rediscretize``, or if the model does not end in a softmax or in logits.
    """

    def one(batch, answer, other):
        (logits, work), (compared, more) = answer(batch), other(batch)
        return Estimate(logits, distance(logits, compared), work + more)

    return _in_batches(one, model, images, (setting, companion(setting)), batch_size)


def until_settled(
    model: keras.Model, images: np.ndarray, settings: Sequence[Setting] = SETTLING, batch_size: int = 100
) -> Estimate:
    """Answer with the cheap grids and refine the pictures whose label is not settled, until it is or none is left.

    The answer of each grid is compared with that of the grid before, which is there already: nothing is computed twice.

    Args:
        model: As for ``estimate``.
        images: Raw pictures, ``(n, height, width, channels)``.
        settings: At least two, from cheap to fine. Defaults to ``SETTLING``.
        batch_size: Pictures at once.

    Raises ``ValueError`` as ``estimate``, or for fewer than two settings.
    """
    _check.integer(len(settings), "the number of settings", 2)
    return _in_batches(_refined, model, images, settings, batch_size)


def _refined(batch, first, *finer):
    logits, nfe = first(batch)
    error, unsettled = np.full(len(batch), np.inf), np.arange(len(batch))
    for each in finer:
        if len(unsettled):
            values, work = each(batch[unsettled])
            error[unsettled] = distance(values, logits[unsettled])
            logits[unsettled], nfe[unsettled] = values, nfe[unsettled] + work
            unsettled = unsettled[~Estimate(logits, error, nfe).settled[unsettled]]
    return Estimate(logits, error, nfe)


def distance(logits: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The largest difference of two logits of each picture, ``(n,)``."""
    return np.max(np.abs(logits - others), -1)


def _in_batches(one, model, images, settings, batch_size):
    """The estimates that ``one`` makes of a batch by the answers under the settings, one after the other."""
    _check.integer(len(images), "the number of pictures")
    stem, each_answer = answers(model, settings)
    parts = []
    for at in range(0, len(images), batch_size):
        parts.append(one(stem.predict_on_batch(images[at : at + batch_size]), *each_answer))
    names = [field.name for field in dataclasses.fields(Estimate)]
    return Estimate(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))
