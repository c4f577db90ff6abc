"""Layers one after the other that may take the time."""

import keras

from zoo.layers import _field


@keras.saving.register_keras_serializable(package="zoo")
class TimeSequential(keras.layers.Layer):
    """``f(t, u) = fₙ(t, … f₂(t, f₁(t, u)))``: a field of layers, each called ``(t, u)`` if it takes time, else ``(u)``.

    What ``keras.Sequential`` is for fields f(u).

    Args:
        layers: At least one Keras layer.

    Called ``(t, u)``, with the shapes that the first layer accepts. Output shape: that of the last.

    Raises:
        TypeError: One of them is not a Keras layer.
        ValueError: The list is empty.
    """

    def __init__(self, layers, **kwargs):
        super().__init__(**kwargs)
        self.layers = _field.check_all(layers, "TimeSequential")

    def build(self, t_shape, u_shape):
        t = keras.KerasTensor(t_shape, dtype=self.compute_dtype)
        self.call(t, keras.KerasTensor((None, *u_shape[1:]), dtype=self.compute_dtype))

    def call(self, t, u, training=None):
        for layer in self.layers:  # Keras hands ``training`` on to them
            u = layer(t, u) if _field.takes_time(layer) else layer(u)
        return u

    def compute_output_shape(self, t_shape, u_shape):
        for layer in self.layers:
            u_shape = layer.compute_output_shape(*([t_shape, u_shape] if _field.takes_time(layer) else [u_shape]))
        return u_shape

    def get_config(self):
        return {**super().get_config(), "layers": _field.serialize_fields(self.layers)}

    @classmethod
    def from_config(cls, config):
        return cls(**{**config, "layers": _field.deserialize_fields(config["layers"])})
