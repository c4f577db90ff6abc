"""The fully connected field: the trace that it gives is that of its Jacobian, by each of its formulas."""

import numpy as np
import pytest
import tensorflow as tf

from zoo import flows

RNG = np.random.default_rng(0)
X, LABELS = RNG.normal(size=(5, 3)).astype("float32"), np.array([0, 1, 2, 1, 0])


@pytest.mark.parametrize("times", [np.float32(0.3), np.linspace(0, 1, 5, dtype="float32")], ids=["scalar", "a sample"])
@pytest.mark.parametrize("kind", ["concatsquash", "concat"])
@pytest.mark.parametrize("hidden", [(), (6,), (6, 4), (6, 5, 4)], ids=str)
def test_the_trace_is_that_of_the_jacobian(hidden, kind, times):
    field = flows.TimeMLP(hidden, kind, "swish", zero_last=False, classes=2)
    u = tf.constant(X)
    field(times, u, LABELS)
    for variable in field.weights:
        variable.assign(1.5 * RNG.normal(size=variable.shape))
    with tf.GradientTape() as tape:
        tape.watch(u)
        value = field(times, u, LABELS)
    same, trace = field.value_and_trace(times, u, LABELS)
    np.testing.assert_allclose(same, value, rtol=1e-5, atol=1e-6)
    expected = np.trace(tape.batch_jacobian(value, u), axis1=1, axis2=2)
    np.testing.assert_allclose(trace, expected, rtol=1e-4, atol=1e-4)
    assert np.abs(expected).max() > 0.1


def test_the_trace_of_two_hidden_layers_needs_no_columns():
    """Its cost does not grow with the dimensions: no tensor of it has the batch times the dimensions times a width."""
    field = flows.TimeMLP((32, 32), zero_last=False)
    field(np.float32(0), X)
    traced = tf.function(lambda t, u: field.value_and_trace(t, u)).get_concrete_function(
        tf.TensorSpec(()), tf.TensorSpec((64, 3))
    )
    most = max(np.prod(each.shape) for node in traced.graph.get_operations() for each in node.outputs)
    assert most == 64 * 32
