"""The field of an ODE layer, and the integrals that ride along with its state (TensorFlow)."""

import keras
import tensorflow as tf

from zoo.layers import field as _field


class FieldAndIntegrals:
    """``(u, ∫ ½ mean f² dt, ∫ mean (εᵀ ∂f/∂u)² dt)' = (f, ½ mean f², mean (εᵀ ∂f/∂u)²)``, the last two if wanted.

    The means are over the axes of a sample. ε is the constant ``noise``.

    Source: Finlay et al. (2020, arXiv:2002.02798), equations 5 and 7.

    Args:
        f: The field.
        training: Whether it is called in training.
        kinetic, jacobian: Whether the first and the second integral are wanted.
    """

    def __init__(self, f: keras.layers.Layer, training: bool, kinetic: bool, jacobian: bool):
        self.f, self.training, self.kinetic, self.jacobian = f, training, bool(kinetic), bool(jacobian)

    def start(self, u: tf.Tensor) -> list[tf.Tensor]:
        """The state at the beginning: u, and an integral of 0 for every sample."""
        zero = tf.zeros(tf.shape(u)[:1], u.dtype)
        return [u, *[zero] * (self.kinetic + self.jacobian)]

    def __call__(self, t: tf.Tensor, state: list, noise: tf.Tensor | None = None) -> list[tf.Tensor]:
        u = state[0]
        if self.jacobian:
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(u)
                slope = self.field(t, u)
            product = tape.gradient(slope, u, noise, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        else:
            slope = self.field(t, u)
        integrands = [_mean_square(slope) / 2] if self.kinetic else []
        return [slope, *integrands, *([_mean_square(product)] if self.jacobian else [])]

    def field(self, t: tf.Tensor, u: tf.Tensor) -> tf.Tensor:
        """f at (t, u). It is called many times and perhaps again, so that a call must leave no trace."""
        return _field.stateless(self.f, lambda: _field.evaluate(self.f, t, u, self.training))


def _mean_square(x):
    return tf.reduce_mean(tf.square(x), range(1, x.shape.rank))
