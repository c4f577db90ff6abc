"""What the runs of two-step methods share: a start from one state, then u⁺ = (1 − k) u + k u⁻ + s f(u)."""

import abc

import keras

from zoo import _check
from zoo.layers import _field


class TwoStepRun(keras.layers.Layer, abc.ABC):
    """A run over the fields: ``u₁ = u₀ + start · f₁(u₀)``, then ``u⁺ = (1 − k) u + k u⁻ + scale · f(u)``.

    Abstract: a final class names the three numbers. Each of its steps is that of ``LinearMultistep`` with a fixed k.
    """

    def __init__(self, fields, step_size=1.0, **kwargs):
        super().__init__(**kwargs)
        self.fields = _field.check_all(fields, type(self).__name__)
        self.step_size = _check.finite(step_size, "step_size")

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

    def build(self, input_shape):
        for f in self.fields:
            _field.build(f, input_shape, self.name)
        self.built = True

    def call(self, u):
        first, *others = self.fields
        previous, u = u, u + self.start * _field.evaluate(first, 0.0, u)
        for n, f in enumerate(others, 1):
            change = self.scale * _field.evaluate(f, n * self.step_size, u)
            previous, u = u, (1 - self.k) * u + self.k * previous + change
        return u

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        fields = _field.serialize_fields(self.fields)
        return {**super().get_config(), "fields": fields, "step_size": self.step_size}

    @classmethod
    def from_config(cls, config):
        return cls(**{**config, "fields": _field.deserialize_fields(config["fields"])})
