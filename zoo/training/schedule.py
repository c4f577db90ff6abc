"""Learning-rate schedules, as functions of the step."""

import math

import keras


@keras.saving.register_keras_serializable(package="zoo")
class OneCycle(keras.optimizers.schedules.LearningRateSchedule):
    """Linear warm-up to ``peak`` over the first ``warmup`` of the run, then half a cosine down to 0.

    ``rate(s) = peak · s/w`` for s < w and ``peak · (1 + cos(π (s − w)/(n − w)))/2`` after it, with
    n = ``steps`` and w = ``warmup · n``; s counts updates from 0, and the rate at s ≥ n is 0.

    Source: Smith and Topin (2018, arXiv:1708.07120), with the cosine of Loshchilov and Hutter
    (2017, arXiv:1608.03983, equation 5) as its descent; momentum stays constant here.

    Raises ``ValueError`` if ``peak`` ≤ 0, ``steps`` < 1 or ``warmup`` is outside [0, 1).
    """

    def __init__(self, peak, steps, warmup=0.2):
        if not (peak > 0 and steps >= 1 and 0 <= warmup < 1):
            raise ValueError(
                "OneCycle needs peak > 0, steps >= 1 and warmup in [0, 1). "
                f"Received: peak={peak}, steps={steps}, warmup={warmup}."
            )
        self.peak, self.steps, self.warmup = float(peak), int(steps), float(warmup)

    def __call__(self, step):
        step = keras.ops.cast(step, "float32")
        rise = self.warmup * self.steps
        progress = keras.ops.clip((step - rise) / (self.steps - rise), 0.0, 1.0)
        down = self.peak * (1 + keras.ops.cos(math.pi * progress)) / 2
        return keras.ops.where(step < rise, self.peak * step / max(rise, 1.0), down)

    def get_config(self):
        return {"peak": self.peak, "steps": self.steps, "warmup": self.warmup}
