"""What the runs of two-step methods share: a start from one state, then u⁺ = (1 − k) u + k u⁻ + s f(u)."""

import abc
from typing import Self

import keras

from zoo import _check
from zoo.layers import field as _field
from zoo.layers import halves
from zoo.layers.composite import numbered
from zoo.layers.scheme import Scheme, trivial


class TwoStepRun(Scheme):
    """A run over the fields: ``u₁ = u₀ + start · f₁(u₀)``, then ``u⁺ = (1 − k) u + k u⁻ + scale · f(u)``.

    Abstract: a final class names the three numbers. Each of its steps is that of ``LinearMultistep`` with a fixed k.
    """

    fields: list[keras.layers.Layer] = []

    def __init__(self, fields, step_size=1.0, **kwargs):
        super().__init__(**kwargs)
        self.fields = _field.check_all(fields, type(self).__name__)
        self.step_size = _check.finite(step_size, "step_size")
        self.steps = len(self.fields)

    @property
    def evaluations(self) -> int:
        return len(self.fields)

    def halved(self, silent: bool = False) -> halves.Halves:
        return halves.of_run(self)  # no silent step: the special start would be taken before the first real one

    @classmethod
    def examples(cls) -> dict[str, Self]:
        return {"": cls([trivial()])}

    def parts(self) -> dict[str, keras.layers.Layer]:
        return numbered(self.fields)

    @property
    @abc.abstractmethod
    def start(self) -> float:
        """Weight of f in the first step."""

    @property
    @abc.abstractmethod
    def scale(self) -> float:
        """Weight of f in the later steps."""

    @property
    @abc.abstractmethod
    def k(self) -> float:
        """Weight of the previous state."""

    def call(self, u):
        first, *others = self.fields
        previous, u = u, u + self.start * _field.evaluate(first, 0.0, u)
        for n, f in enumerate(others, 1):
            change = self.scale * _field.evaluate(f, n * self.step_size, u)
            previous, u = u, (1 - self.k) * u + self.k * previous + change
        return u
