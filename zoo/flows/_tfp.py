"""A flow as a bijector and a distribution of TensorFlow Probability."""

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from zoo.flows import _checks


class FlowBijector(tfp.bijectors.Bijector):
    """``forward`` carries the base to the data; see ``FlowModel.as_bijector``."""

    def __init__(self, flow, condition):
        parameters = {"flow": flow, "condition": condition}
        super().__init__(
            forward_min_event_ndims=len(flow.base.event_shape),
            inverse_min_event_ndims=len(flow.event_shape),
            dtype=tf.float32,
            parameters=parameters,
            name=f"{flow.name}_bijector",
        )
        self._flow, self._condition = flow, condition

    def _forward(self, x):
        return self._carried(x, False)[0]

    def _inverse(self, y):
        return self._carried(y, True)[0]

    def _forward_log_det_jacobian(self, x):
        return self._carried(x, False)[1]

    def _inverse_log_det_jacobian(self, y):
        return self._carried(y, True)[1]

    def _forward_event_shape(self, shape):
        return self._other(shape, self._flow.base.event_shape, self._flow.event_shape)

    def _inverse_event_shape(self, shape):
        return self._other(shape, self._flow.event_shape, self._flow.base.event_shape)

    def _other(self, shape, before, after):
        return tf.TensorShape(shape)[: len(shape) - len(before)].concatenate(after)

    def _carried(self, points, back):
        """Where points of any batch shape go, and the change of their log density."""
        flow = self._flow
        before, after = flow.base.event_shape, flow.event_shape
        if back:
            before, after = after, before
        points = tf.convert_to_tensor(points, tf.float32)
        batch = tf.shape(points)[: points.shape.rank - len(before)]
        u = tf.reshape(points, (-1, *before))
        condition = None
        if self._condition is not None:
            one = tf.convert_to_tensor(self._condition)
            condition = tf.repeat(one, tf.shape(u)[0], axis=0)
        total = tf.zeros(tf.shape(u)[:1])
        way = "inverse" if back else "forward"
        u, change, _ = flow.carried(way, u, flow.conditioned(u, condition))
        total += change
        return tf.reshape(u, tf.concat([batch, after], 0)), tf.reshape(total, batch)


def bijector(flow, condition):
    """See ``FlowModel.as_bijector``."""
    one = _checks.conditions(flow, condition, 1)
    return FlowBijector(flow, one)


def distribution(flow, condition):
    """See ``FlowModel.as_distribution``."""
    base = flow.base
    mean = np.full(base.event_shape, base.mean, "float32")
    normal = tfp.distributions.Normal(mean, np.full(base.event_shape, base.deviation, "float32"))
    independent = tfp.distributions.Independent(normal, len(base.event_shape))
    return tfp.distributions.TransformedDistribution(independent, bijector(flow, condition), name=flow.name)
