"""Forward Euler: the residual block."""

import keras

from zoo import _check
from zoo.layers import _field


@keras.saving.register_keras_serializable(package="zoo")
class ForwardEuler(keras.layers.Layer):
    """``u⁺ = u + h f(u)``, taken ``steps`` times with one f; in general ``u⁺ = g(s(u) + h f(u))``.

    One step of the forward (explicit) Euler method for u' = f(u). Order 1; stable on
    u' = λu where |1 + hλ| ≤ 1. With h = 1 and one step it is the residual block of
    He et al. (2016); that reading is E (2017), "A Proposal on Machine Learning via
    Dynamical Systems".

    Args:
        f: The field: any Keras layer that keeps the shape of its input. It is called
            ``f(t, u)`` with t = 0, h, 2h, … if the first parameter of its ``call`` is named ``t``.
        step_size: h, in units of t. Defaults to ``1.0``.
        steps: Number of steps, all with the same f and h. Defaults to ``1``.
        shortcut: s, a Keras layer such as a projection where the width changes; f must then map u to the shape of s(u).
            Defaults to ``None``, the identity.
        activation: g, anything that ``keras.activations.get`` takes. Defaults to ``None``, the identity. With s or g
            the step is E's general one; it is an Euler step only without them.

    Input shape: ``(batch, …)``, whatever f accepts. Output shape: the same, or that of the shortcut.

    Raises:
        TypeError: f or the shortcut is not a Keras layer.
        ValueError: ``step_size`` is not a finite number, ``steps`` is not a positive integer, the activation is
            unknown, or (when built) f changes the shape (against the shortcut), or the shortcut does and there are
            several steps.
    """

    def __init__(self, f, step_size=1.0, steps=1, shortcut=None, activation=None, **kwargs):
        super().__init__(**kwargs)
        self.f = _field.check(f, "ForwardEuler")
        self.step_size = _check.finite(step_size, "step_size")
        self.steps = _check.integer(steps, "steps")
        self.shortcut = None if shortcut is None else _field.check(shortcut, "The shortcut of ForwardEuler")
        self.activation = keras.activations.get(activation)

    def build(self, input_shape):
        expected = tuple(input_shape)
        if self.shortcut is not None:
            expected = self.shortcut(keras.KerasTensor((None, *input_shape[1:]), dtype=self.compute_dtype)).shape
            if self.steps > 1 and tuple(expected[1:]) != tuple(input_shape[1:]):
                raise ValueError(
                    f"{self.name} repeats its step, so the shortcut must keep the shape {tuple(input_shape[1:])}. "
                    f"Received from it: {tuple(expected[1:])}. Take one step with it and the others in a layer after."
                )
        _field.build(self.f, input_shape, self.name, expected)
        self.built = True

    def call(self, u):
        for step in range(self.steps):
            start = u if self.shortcut is None else self.shortcut(u)
            change = _field.evaluate(self.f, step * self.step_size, u)
            u = self.activation(start + self.step_size * keras.ops.cast(change, start.dtype))
        return u

    def compute_output_shape(self, input_shape):
        return input_shape if self.shortcut is None else self.shortcut.compute_output_shape(input_shape)

    def get_config(self):
        serialize = keras.saving.serialize_keras_object
        return {
            **super().get_config(),
            "f": serialize(self.f),
            "step_size": self.step_size,
            "steps": self.steps,
            "shortcut": None if self.shortcut is None else serialize(self.shortcut),
            "activation": keras.activations.serialize(self.activation),
        }

    @classmethod
    def from_config(cls, config):
        layers = {name: keras.saving.deserialize_keras_object(config.get(name)) for name in ("f", "shortcut")}
        return cls(**{**config, **layers})
