"""Which point of the base belongs to which point of the data in a batch."""

import keras
import numpy as np
from keras import ops


def assignment(z: np.ndarray, x: np.ndarray, groups: np.ndarray | None) -> np.ndarray:
    """The order of z that makes Σ ‖x − z‖² least, within each group of x; int32.

    Source: Tong et al. (2023, arXiv:2302.00482), §3.2.3, minibatch optimal transport.
    """
    from scipy.optimize import linear_sum_assignment

    z, x = (np.reshape(np.asarray(each, "float64"), (len(each), -1)) for each in (z, x))
    groups = np.zeros(len(x)) if groups is None else np.asarray(groups)
    order = np.arange(len(x), dtype="int32")
    for group in np.unique(groups):
        (members,) = np.nonzero(groups == group)
        costs = (
            np.sum(x[members] ** 2, axis=1)[:, None] + np.sum(z[members] ** 2, axis=1) - 2 * x[members] @ z[members].T
        )
        finite = np.nan_to_num(costs, nan=0.0, posinf=0.0, neginf=0.0)
        order[members] = members[linear_sum_assignment(finite)[1]]
    return order


def nearest(z, x, groups):
    """z in that order, in a graph."""
    backend = keras.backend.backend()
    groups = ops.zeros((ops.shape(x)[0],), dtype="int32") if groups is None else groups
    if backend == "tensorflow":
        import tensorflow as tf

        order = tf.numpy_function(assignment, [z, x, groups], tf.int32, stateful=False)
        order = tf.ensure_shape(order, x.shape[:1])
    elif backend == "jax":
        import jax

        shape = jax.ShapeDtypeStruct((x.shape[0],), "int32")
        order = jax.pure_callback(assignment, shape, z, x, groups)
    else:
        raise NotImplementedError(f"coupling='optimal_transport' needs TensorFlow or JAX. Received: {backend}.")
    return ops.take(z, order, axis=0)
