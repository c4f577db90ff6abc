"""Group normalization, compiled in training."""

import keras


@keras.saving.register_keras_serializable(package="zoo")
class GroupNormalization(keras.layers.GroupNormalization):
    """``y = σ(γ (x − mean) / √(var + ε) + β)`` over each group of channels of each example; Keras's layer, made fast.

    Weights and outputs are those of ``keras.layers.GroupNormalization``; a weight file of one fits the other. In
    training on TensorFlow XLA compiles Keras's formula, which otherwise takes a dozen passes over the data, together
    with the activation, in a graph that need not be compiled as a whole. At inference nothing is compiled, so that an
    exported model runs where there is no XLA.

    Source: Wu and He (2018, arXiv:1803.08494), equation 7.

    Args:
        groups: Number of groups, a divisor of the channels.
        activation: σ, a name of ``keras.activations`` or a function. Defaults to ``None``, the identity.
        **kwargs: Of ``keras.layers.GroupNormalization``.

    Call arguments:
        inputs: ``(batch, …, channels)``; any shape that Keras's layer takes.
        training: Whether to compile.
    """

    def __init__(self, groups=32, activation=None, **kwargs):
        super().__init__(groups, **kwargs)
        self.activation = keras.activations.get(activation)

    def call(self, inputs, training=None):
        if training and keras.backend.backend() == "tensorflow":
            return self._compiled(inputs)
        return self._activated(inputs)

    def get_config(self):
        return {**super().get_config(), "activation": keras.activations.serialize(self.activation)}

    def _activated(self, inputs):
        return self.activation(super().call(inputs))

    @property
    def _compiled(self):
        import tensorflow as tf

        if "_function" not in self.__dict__:
            object.__setattr__(self, "_function", tf.function(self._activated, jit_compile=True))
        return self._function
