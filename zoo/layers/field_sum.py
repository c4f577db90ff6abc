"""The sum of fields: what the parallel paths of a block compute."""

import keras

from zoo.layers import _field


@keras.saving.register_keras_serializable(package="zoo")
class FieldSum(keras.layers.Layer):
    """``f(u) = f₁(u) + … + fₙ(u)``, itself a field for any scheme.

    ``ForwardEuler(FieldSum([f, g]))`` is the 2-way module of PolyNet. Put a ``StochasticDepth`` behind a field to drop
    its path at random.

    Args:
        fields: Keras layers that keep the shape of their input. One that takes time, ``f(t, u)``, gets t = 0.

    Input shape: ``(batch, …)``. Output shape: the same.

    Raises:
        TypeError: A field is not a Keras layer.
        ValueError: There is no field, or (when built) one changes the shape.
    """

    def __init__(self, fields, **kwargs):
        super().__init__(**kwargs)
        self.fields = _field.check_all(fields, "FieldSum")

    def build(self, input_shape):
        for f in self.fields:
            _field.build(f, input_shape, self.name)
        self.built = True

    def call(self, u):
        values = [_field.evaluate(f, 0.0, u) for f in self.fields]
        return sum(values[1:], values[0])

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "fields": _field.serialize_fields(self.fields)}

    @classmethod
    def from_config(cls, config):
        return cls(**{**config, "fields": _field.deserialize_fields(config["fields"])})
