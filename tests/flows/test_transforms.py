"""The bijections of pictures: each is undone by its inverse, and its change is the determinant of its Jacobian."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from zoo import flows

RNG = np.random.default_rng(0)
SHAPE = (2, 4, 2)


@keras.saving.register_keras_serializable(package="tests")
class Mixed(keras.layers.Layer):
    """f(t, u) = tanh of an affine map of the channels, moved by the number of a class."""

    def build(self, t_shape, u_shape, condition_shape=None):
        self.dense = flows.TimeDense(u_shape[-1])
        self.dense.build(t_shape, u_shape)

    def call(self, t, u, condition=None):
        if condition is not None:
            u = u + keras.ops.reshape(keras.ops.cast(condition, u.dtype), (-1, 1, 1, 1)) / 2
        return keras.ops.tanh(self.dense(t, u))

    def compute_output_shape(self, t_shape, u_shape, condition_shape=None):
        return u_shape


def cnf(**options):
    return flows.CNF(Mixed(), **{"solver": "rk4", "steps": 8, **options})


def moved_norm(**options):
    """Moments, γ and β that are not those at the start."""
    norm = flows.MovingBatchNorm(**options)
    norm.build((None, *SHAPE))
    for variable in norm.weights:
        variable.assign(RNG.uniform(0.3, 2, variable.shape))
    return norm


def multiscale():
    return flows.Multiscale([flows.Multiscale([cnf()]), flows.Squeeze(), moved_norm_of_half(), cnf()])


def moved_norm_of_half():
    norm = flows.MovingBatchNorm()
    norm.build((None, 2, 4, 1))
    norm.moving_variance.assign([0.5])
    return norm


TRANSFORMS = {
    "affine": lambda: flows.Affine(0.5, 0.1),
    "logit": lambda: flows.Logit(0.01),
    "squeeze": flows.Squeeze,
    "batch norm": moved_norm,
    "batch norm without weights": lambda: moved_norm(affine=False, epsilon=0.1),
    "multiscale": multiscale,
}


@pytest.fixture(params=TRANSFORMS)
def model(request):
    return flows.FlowModel([TRANSFORMS[request.param]()], SHAPE)


X = RNG.uniform(0.02, 0.98, (3, *SHAPE)).astype("float32")


def test_each_is_undone(model):
    (transform,) = model.transforms
    z, change = transform.inverse(X)[:2]
    assert tuple(z.shape[1:]) == model.base.event_shape
    x, back = transform.forward(z)[:2]
    np.testing.assert_allclose(x, X, atol=1e-5)
    np.testing.assert_allclose(back, -np.asarray(change), rtol=1e-4, atol=1e-5)


def test_the_change_is_the_determinant_of_the_jacobian(model):
    (transform,) = model.transforms

    x = tf.repeat(tf.constant(X), 16, axis=0)  # a row of the Jacobian for each, by one gradient
    with tf.GradientTape() as tape:
        tape.watch(x)
        z, change = transform.inverse(x)[:2]
        entries = tf.reduce_sum(tf.reshape(z, (3, 16, 16)) * tf.eye(16))
    jacobian = tf.reshape(tape.gradient(entries, x), (3, 16, 16))
    np.testing.assert_allclose(change[::16], np.linalg.slogdet(jacobian)[1], rtol=1e-4, atol=2e-3)


def test_a_stack_is_saved_whole(tmp_path):
    stack = [multiscale(), moved_norm(), flows.Logit(0.05), flows.Affine(256.0)]
    model = flows.FlowModel(stack, SHAPE)
    assert len(model.flows) == 2
    assert [shape for _, shape in model.states()] == [(1, 2, 2), (2, 4, 1)]
    expected = model.log_prob(256 * X)
    model.save(tmp_path / "flow.keras")
    again = keras.saving.load_model(tmp_path / "flow.keras")
    np.testing.assert_array_equal(again.log_prob(256 * X), expected)
    np.testing.assert_allclose(model(256 * X), expected, rtol=1e-5)
    made = again.sample(3, seed=0)
    assert (made.values.shape, made.nfe) == ((3, *SHAPE), 64)
    z = again.base.sample(3, np.random.default_rng(0))
    np.testing.assert_allclose(made.values, again.as_bijector().forward(z), rtol=1e-4, atol=1e-3)


def test_the_flows_inside_take_noises_classes_and_another_trace():
    inside = flows.Multiscale([cnf(trace="hutchinson", steps=2)])
    model = flows.FlowModel([inside, flows.Squeeze()], (4, 4, 1), classes=3)
    x = RNG.normal(size=(5, 4, 4, 1))
    found = model.log_prob(x, 1, error=True, seed=0)
    assert (found.trace > 0).all()
    assert (found.solver > 0).all()
    exact, other, finer = (model.log_prob(x, c, trace="exact", steps=steps) for c, steps in ((1, 2), (2, 2), (1, 4)))
    assert np.abs(exact - other).min() > 0
    assert np.abs(exact - finer).max() > 0
    assert model.sample(2, seed=0, condition=2, guidance=2.0, steps=3).nfe == 24
    with pytest.raises(ValueError, match="inside another transform"):
        model.compile("flow_matching")
    with pytest.raises(ValueError, match="inside another transform"):
        model.transport([0.5])


def test_half_of_the_channels_are_those_of_the_base():
    transform = flows.FlowModel([flows.Multiscale([flows.Affine(2.0)])], (1, 2, 3)).transforms[0]
    x = np.arange(6, dtype="float32").reshape(1, 1, 2, 3)
    z, change = transform.inverse(x)[:2]
    np.testing.assert_array_equal(z, [[0, 0.5, 1.5, 2, 2, 5]])
    np.testing.assert_allclose(change, [-4 * np.log(2)])
    with pytest.raises(ValueError, match="two at least"):
        flows.FlowModel([flows.Multiscale([flows.Affine(2.0)])], (2, 2, 1))


def test_both_directions_take_moving_moments_which_training_moves():
    norm = flows.MovingBatchNorm(momentum=0.75, epsilon=1e-6)
    norm.build((None, 2))
    x = np.array([[1.0, 2.0], [3.0, 6.0]], "float32")
    z, _ = norm.inverse(x, training=True)
    np.testing.assert_allclose(z, x, rtol=1e-5, err_msg="the moments before this batch")
    np.testing.assert_allclose(norm.moving_mean, [0.5, 1.0])
    np.testing.assert_allclose(norm.moving_variance, [1.0, 1.75])
    again, _ = norm.inverse(x)
    np.testing.assert_allclose(again, (x - [0.5, 1.0]) / np.sqrt([1.0, 1.75]), rtol=1e-5)
    alone, _ = norm.inverse(x[:1])
    np.testing.assert_array_equal(alone[0], again[0], err_msg="a point has a density of its own")
    norm.forward(z, training=True)
    norm.trainable = False
    norm.inverse(x, training=True)
    np.testing.assert_allclose(norm.moving_mean, [0.5, 1.0])


@pytest.mark.parametrize("objective", ["likelihood", "flow_matching"])
def test_training_moves_the_moments_to_those_of_the_data(objective):
    affine = objective == "likelihood"
    norm = flows.MovingBatchNorm(affine=affine)
    model = flows.FlowModel([norm] if affine else [flows.CNF(flows.TimeMLP((8,))), norm], (2,))
    model.compile(objective)
    model.fit(5 + 2 * RNG.normal(size=(256, 2)), batch_size=16, epochs=4, verbose=0)
    np.testing.assert_allclose(norm.moving_mean, [5, 5], atol=0.7)
    np.testing.assert_allclose(norm.moving_variance, [4, 4], atol=1.5)
    assert not affine or np.abs(norm.log_scale).max() > 0


def test_flow_matching_leaves_no_weight_untrained():
    model = flows.FlowModel([flows.CNF(flows.TimeMLP((4,))), flows.MovingBatchNorm(name="norm")], (2,))
    with pytest.raises(ValueError, match=r"affine=False.*Received: norm\."):
        model.compile("flow_matching")
    with pytest.raises(ValueError, match="greater than 0"):
        flows.MovingBatchNorm(epsilon=0.0)


def test_a_logit_of_what_is_outside():
    outside = np.array([[0.5, 0.5], [0.5, 1.5]])
    with pytest.raises(ValueError, match=r"points in \[0, 1\].*1 of 2 points.*index 1.*0.5 to 1.5"):
        flows.Logit().inverse(outside)
    model = flows.FlowModel([flows.CNF(flows.TimeMLP((4,))), flows.Logit(), flows.Affine(256.0)], (2,))
    model.compile("flow_matching")
    for act in (model.log_prob, lambda x: model.fit(x, verbose=0)):
        with pytest.raises(ValueError, match=r"points in \[0, 1\].*0.5 to 1.5.*dequantized"):
            act(256 * outside)
    assert np.isfinite(model.log_prob(np.array([[0.0, 256.0]]))).all()
    for alpha in (0.0, 0.5, np.nan):
        with pytest.raises(ValueError, match="alpha must be"):
            flows.Logit(alpha)


def test_near_its_ends_the_logit_is_as_exact_as_in_float64():
    x = np.float32(1) - np.float32(2) ** -np.arange(10, 24, dtype="float32")[:, None]
    s = 1e-6 + (1 - 2e-6) * x.astype("float64")
    z, change = flows.Logit().inverse(x)
    np.testing.assert_allclose(z, np.log(s) - np.log1p(-s), rtol=1e-5)
    np.testing.assert_allclose(change, (np.log(1 - 2e-6) - np.log(s) - np.log1p(-s))[:, 0], rtol=1e-5)
