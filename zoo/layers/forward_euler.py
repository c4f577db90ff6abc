"""Forward Euler: the residual block."""

import keras

from zoo import _check
from zoo.layers import _field


@keras.saving.register_keras_serializable(package="zoo")
class ForwardEuler(keras.layers.Layer):
    """``u⁺ = u + h f(u)``, taken ``steps`` times with one f.

    One step of the forward (explicit) Euler method for u' = f(u). Order 1; stable on
    u' = λu where |1 + hλ| ≤ 1. With h = 1 and one step it is the residual block of
    He et al. (2016); that reading is E (2017), "A Proposal on Machine Learning via
    Dynamical Systems".

    Args:
        f: The field: any Keras layer that keeps the shape of its input. It is called
            ``f(t, u)`` with t = 0, h, 2h, … if the first parameter of its ``call`` is named ``t``.
        step_size: h, in units of t. Defaults to ``1.0``.
        steps: Number of steps, all with the same f and h. Defaults to ``1``.

    Input shape: ``(batch, …)``, whatever f accepts. Output shape: the same.

    Raises:
        TypeError: f is not a Keras layer.
        ValueError: ``step_size`` is not a finite number, ``steps`` is not a positive integer,
            or (when built) f changes the shape.
    """

    def __init__(self, f, step_size=1.0, steps=1, **kwargs):
        super().__init__(**kwargs)
        self.f = _field.check(f, "ForwardEuler")
        self.step_size = _check.finite(step_size, "step_size")
        self.steps = _check.integer(steps, "steps")

    def build(self, input_shape):
        _field.build(self.f, input_shape, self.name)
        self.built = True

    def call(self, u):
        for step in range(self.steps):
            u = u + self.step_size * _field.evaluate(self.f, step * self.step_size, u)
        return u

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        f = keras.saving.serialize_keras_object(self.f)
        return {**super().get_config(), "f": f, "step_size": self.step_size, "steps": self.steps}

    @classmethod
    def from_config(cls, config):
        return cls(**{**config, "f": keras.saving.deserialize_keras_object(config["f"])})
