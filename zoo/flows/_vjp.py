"""The product of a vector with a Jacobian, on TensorFlow and JAX."""

from collections.abc import Callable

import keras

from zoo.layers.tensors import Tensor


def value_and_vjp(f: Callable, u: Tensor, vector: Tensor) -> tuple[Tensor, Tensor]:
    """``f(u)`` and ``vectorᵀ ∂f/∂u``, which has the shape of u.

    Raises ``NotImplementedError`` on another backend than TensorFlow and JAX.
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(u)
            value = f(u)
        return value, tape.gradient(value, u, vector, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    if backend == "jax":
        import jax

        value, pull_back = jax.vjp(f, u)
        return value, pull_back(vector)[0]
    raise NotImplementedError(f"The log density of a flow needs TensorFlow or JAX. Received: KERAS_BACKEND={backend}.")
