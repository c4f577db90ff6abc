"""The transposed Jacobian of a function, on the backends that have one."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

Vectors = list[np.ndarray]


def of(
    function: Callable[[list[Any]], list[Any]], states: list[Any], looped: bool = False
) -> Callable[[Vectors], Vectors]:
    """``w → Jᵀw`` for the Jacobian J of a function of states, at these.

    The function runs forward once, or each time where it is ``looped``: TensorFlow compiles loops for one call and
    would do so again for each gradient.

    Raises ``RuntimeError`` if the backend is neither TensorFlow nor JAX.
    """
    backend = keras.backend.backend()
    if backend not in _OF:
        raise RuntimeError(f"Jacobians need KERAS_BACKEND=tensorflow or jax. Received: {backend}.")
    pulled = _OF[backend](function, states, looped)

    def transposed(vectors: Vectors) -> Vectors:
        given = [keras.ops.cast(v, u.dtype) for v, u in zip(vectors, states, strict=True)]
        return [np.asarray(keras.ops.convert_to_numpy(w), "float64") for w in pulled(given)]

    return transposed


def _of_tensorflow(function, states, looped):
    import tensorflow as tf

    zero = tf.UnconnectedGradients.ZERO

    def taped(persistent):
        with tf.GradientTape(persistent=persistent, watch_accessed_variables=False) as tape:
            tape.watch(states)
            outputs = function(states)
        return lambda vectors: tape.gradient(outputs, states, output_gradients=vectors, unconnected_gradients=zero)

    return tf.function(lambda vectors: taped(False)(vectors), autograph=False) if looped else taped(True)


def _of_jax(function, states, looped):
    import jax

    _, pulled = jax.vjp(function, states)
    pulled = jax.jit(pulled)
    return lambda vectors: pulled(vectors)[0]


_OF = {"tensorflow": _of_tensorflow, "jax": _of_jax}
