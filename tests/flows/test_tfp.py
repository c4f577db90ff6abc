"""A flow beside TensorFlow Probability's own, and as one of its distributions."""

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp
from tensorflow_probability.python.bijectors import ffjord

from zoo import flows

X = np.random.default_rng(0).normal(size=(3, 2)).astype("float32")


def model():
    field = flows.TimeMLP((4,), activation="tanh", zero_last=False)
    return flows.FlowModel([flows.CNF(field, rtol=1e-6, atol=1e-6)], (2,))


def test_the_density_is_that_of_tfps_ffjord():
    flow = model()
    field = flow.flows[0].field
    other = tfp.bijectors.FFJORD(
        lambda t, z: field(tf.cast(t, tf.float32), z),
        ode_solve_fn=tfp.math.ode.DormandPrince(rtol=1e-6, atol=1e-6).solve,
        trace_augmentation_fn=ffjord.trace_jacobian_exact,
    )

    @tf.function
    def log_prob(x):
        z = other.inverse(x)
        return -0.5 * tf.reduce_sum(z**2, 1) - np.log(2 * np.pi) + other.inverse_log_det_jacobian(x, event_ndims=1)

    np.testing.assert_allclose(flow.log_prob(X), log_prob(tf.constant(X)), atol=1e-4)


def test_a_distribution_of_tfp():
    flow = model()
    distribution = flow.as_distribution()
    np.testing.assert_allclose(distribution.log_prob(X), flow.log_prob(X), atol=1e-5)
    assert distribution.log_prob(X[None, None]).shape == (1, 1, 3)
    assert distribution.sample((2, 3), seed=1).shape == (2, 3, 2)
    assert distribution.event_shape == (2,)
    bijector = flow.as_bijector()
    np.testing.assert_allclose(bijector.inverse(bijector.forward(X)), X, atol=1e-4)
    change = bijector.forward_log_det_jacobian(X, event_ndims=1)
    np.testing.assert_allclose(
        bijector.inverse_log_det_jacobian(bijector.forward(X), event_ndims=1), -change, atol=1e-4
    )
