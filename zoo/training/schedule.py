"""Learning-rate schedules, as functions of the step, and the table of those that a recipe can name."""

import math
from collections.abc import Callable, Sequence

import keras

from zoo import _check
from zoo.training.recipe import Recipe


@keras.saving.register_keras_serializable(package="zoo")
class OneCycle(keras.optimizers.schedules.LearningRateSchedule):
    """Linear warm-up to ``peak`` over the first ``warmup`` of the run, then half a cosine down to 0.

    ``rate(s) = peak · s/w`` for s < w and ``peak · (1 + cos(π (s − w)/(n − w)))/2`` after it, with
    n = ``steps`` and w = ``warmup · n``; s counts updates from 0, and the rate at s ≥ n is 0.

    Args:
        peak: Largest rate, > 0.
        steps: Updates in the run, at least 1.
        warmup: Share of the updates in which the rate rises, in [0, 1). Defaults to ``0.2``.

    Source: Smith and Topin (2018, arXiv:1708.07120), with the cosine of Loshchilov and Hutter
    (2017, arXiv:1608.03983, equation 5) as its descent; momentum stays constant here.

    Raises ``ValueError`` if ``peak`` ≤ 0, ``steps`` < 1 or ``warmup`` is outside [0, 1).
    """

    def __init__(self, peak: float, steps: int, warmup: float = 0.2) -> None:
        if not (peak > 0 and steps >= 1 and 0 <= warmup < 1):
            raise ValueError(
                "OneCycle needs peak > 0, steps >= 1 and warmup in [0, 1). "
                f"Received: peak={peak}, steps={steps}, warmup={warmup}."
            )
        self.peak, self.steps, self.warmup = float(peak), int(steps), float(warmup)

    def __call__(self, step: "int | keras.KerasTensor") -> "keras.KerasTensor":
        step = keras.ops.cast(step, "float32")
        rise = self.warmup * self.steps
        progress = keras.ops.clip((step - rise) / (self.steps - rise), 0.0, 1.0)
        down = self.peak * (1 + keras.ops.cos(math.pi * progress)) / 2
        return keras.ops.where(step < rise, self.peak * step / max(rise, 1.0), down)

    def get_config(self) -> dict:
        return {"peak": self.peak, "steps": self.steps, "warmup": self.warmup}


@keras.saving.register_keras_serializable(package="zoo")
class Steps(keras.optimizers.schedules.LearningRateSchedule):
    """The rate is divided by 10 at given shares of the run.

    ``rate(s) = peak · 10^(−m)`` with m the number of shares d in ``drops`` for which s ≥ round(d · n), n = ``steps``;
    s counts updates from 0.

    Args:
        peak: Rate at the start, > 0.
        steps: Updates in the run, at least 1.
        drops: Shares of the run in (0, 1), ascending. Defaults to ``(0.5, 0.75)``: epochs 80 and 120 of 160.

    Source: He et al. (2016, arXiv:1512.03385, §4.2) divide at updates 32k and 48k of 64k; Lu et al. (2018,
    arXiv:1710.10121, §3.2) at epochs 80 and 120 of 160.

    Raises ``ValueError`` if ``peak`` ≤ 0, ``steps`` < 1, or ``drops`` do not ascend in (0, 1).
    """

    def __init__(self, peak: float, steps: int, drops: Sequence[float] = (0.5, 0.75)) -> None:
        ascending = all(low < high for low, high in zip((0, *drops), (*drops, 1), strict=True))
        if not (peak > 0 and steps >= 1 and ascending):
            raise ValueError(
                "Steps needs peak > 0, steps >= 1 and drops that ascend in (0, 1). "
                f"Received: peak={peak}, steps={steps}, drops={drops}."
            )
        self.peak, self.steps, self.drops = float(peak), int(steps), tuple(map(float, drops))

    def __call__(self, step: "int | keras.KerasTensor") -> "keras.KerasTensor":
        rate = keras.ops.convert_to_tensor(self.peak, "float32")
        for number, drop in enumerate(self.drops, start=1):
            rate = keras.ops.where(step < round(drop * self.steps), rate, self.peak / 10**number)
        return rate

    def get_config(self) -> dict:
        return {"peak": self.peak, "steps": self.steps, "drops": list(self.drops)}


SCHEDULES: dict[str, Callable[[Recipe, int], keras.optimizers.schedules.LearningRateSchedule]] = {
    "one_cycle": lambda recipe, updates: OneCycle(recipe.learning_rate, updates, recipe.warmup),
    "steps": lambda recipe, updates: Steps(recipe.learning_rate, updates, recipe.drops),
}
"""What a recipe's ``schedule`` names: from the recipe and the number of updates to the schedule."""


def scheduled(recipe: Recipe, updates: int) -> keras.optimizers.schedules.LearningRateSchedule:
    """The schedule that a recipe names, for a run of so many updates.

    Raises ``ValueError`` if it is none of ``SCHEDULES``, or if the recipe's numbers do not suit it.
    """
    return SCHEDULES[_check.known(recipe.schedule, SCHEDULES, "schedule")](recipe, updates)
