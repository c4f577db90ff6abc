"""A continuous flow is a bijection whose density is exact."""

import keras
import numpy as np
import pytest
import scipy.linalg
import scipy.stats
import tensorflow as tf

from zoo import flows

TIGHT = {"rtol": 1e-6, "atol": 1e-6}
GRID = {"solver": "rk4", "steps": 20}
X = np.random.default_rng(0).normal(size=(20, 2)).astype("float32")


def mlp(scale=0.6, **options):
    """A field that is far from zero and from linear, and changes with time."""
    field = flows.TimeMLP((16,), activation="tanh", zero_last=False, **options)
    field.build((), (None, 2))
    generator = np.random.default_rng(0)
    for variable in field.trainable_variables:
        variable.assign(scale * generator.normal(size=variable.shape))
    return field


def flow(field=None, **options):
    return flows.FlowModel([flows.CNF(field or mlp(), **{**GRID, **options})], (2,))


@keras.saving.register_keras_serializable(package="tests")
class Around(keras.layers.Layer):
    """A field without a formula for its trace."""

    def __init__(self, field, **kwargs):
        super().__init__(**kwargs)
        self.field = field

    def call(self, t, u):
        return self.field(t, u)

    def compute_output_shape(self, t_shape, u_shape):
        return u_shape


@keras.saving.register_keras_serializable(package="tests")
class Linear(keras.layers.Layer):
    """f(t, u) = u A."""

    def __init__(self, matrix, **kwargs):
        super().__init__(**kwargs)
        self.matrix = matrix

    def call(self, t, u):
        return keras.ops.matmul(u, keras.ops.convert_to_tensor(self.matrix, dtype=u.dtype))

    def compute_output_shape(self, t_shape, u_shape):
        return u_shape


@pytest.mark.parametrize(("t0", "t1"), [(1.0, 2.0), (1.0, 0.5)])
def test_inverse_undoes_forward(t0, t1):
    cnf = flow(t0=t0, t1=t1).flows[0]
    there = cnf.forward(X)
    back = cnf.inverse(there.values)
    np.testing.assert_allclose(back.values, X, atol=2e-4)
    np.testing.assert_allclose(there.change, -np.asarray(back.change), atol=2e-4)
    assert np.abs(np.asarray(there.values) - X).max() > 0.3


@pytest.mark.parametrize("field", [mlp, lambda: Around(mlp(kind="concat"))], ids=["formula", "any"])
def test_the_change_is_the_determinant_of_the_jacobian(field):
    cnf = flow(field(), steps=60).flows[0]

    @tf.function
    def differentiated(x):
        twice = tf.concat([x, x], 0)  # the rows of both entries of z by one gradient
        with tf.GradientTape() as tape:
            tape.watch(twice)
            z, change, _ = cnf.inverse(twice, training=True)
            entries = tf.reduce_sum(z[: len(X), 0]) + tf.reduce_sum(z[len(X) :, 1])
        return change[: len(X)], tape.gradient(entries, twice)

    change, rows = differentiated(tf.constant(X))
    jacobian = np.stack(np.split(rows.numpy(), 2), axis=1)
    np.testing.assert_allclose(change, np.linalg.slogdet(jacobian)[1], atol=1e-3)
    assert np.abs(change).max() > 0.05


def test_the_density_integrates_to_one():
    """On 100 × 100 points in [-8, 8]²."""
    side = np.linspace(-8, 8, 100)
    grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    log_p = flow(steps=None, solver="dopri5", **TIGHT).log_prob(grid, batch_size=10_000)
    assert np.exp(log_p.astype("float64")).sum() * (side[1] - side[0]) ** 2 == pytest.approx(1, abs=1e-3)


def test_a_linear_field_pushes_a_gaussian_to_a_gaussian():
    matrix = np.array([[0.3, -0.8], [0.5, -0.4]])
    pushed = scipy.linalg.expm(matrix)
    expected = scipy.stats.multivariate_normal(cov=pushed.T @ pushed).logpdf(X)
    model = flow(Linear(matrix.tolist()))
    np.testing.assert_allclose(model.log_prob(X), expected, atol=1e-4)
    np.testing.assert_allclose(model.sample(20, noise=X).values, X @ pushed, atol=1e-4)


def test_hutchinsons_estimate_is_unbiased_and_fixed_in_a_solve():
    model = flow(trace="hutchinson", noise="gaussian", solver="rk4", steps=8)
    exact = model.log_prob(X, trace="exact")
    found = model.log_prob(X, error=True, draws=200, seed=0)
    assert (np.abs(found.values - exact) < 3 * found.trace + 1e-3).mean() >= 0.95
    assert abs((found.values - exact).mean()) < 3 * np.sqrt(np.mean(found.trace**2) / len(X))
    one, same, other = (model.log_prob(X, seed=seed, steps=steps) for seed, steps in ((1, 8), (1, 16), (2, 8)))
    np.testing.assert_allclose(one, same, atol=1e-3, err_msg="a noise that changed in the solve would not converge")
    assert np.abs(one - other).max() > 0.05


def test_the_bars_cover_the_exact_value():
    model = flow()
    x = np.random.default_rng(1).normal(size=(200, 2))
    exact = model.log_prob(x)
    found = model.log_prob(x, error=True, draws=16, seed=0, trace="hutchinson", solver="heun", steps=6)
    assert (np.abs(found.values - exact) <= 2 * found.trace + found.solver).sum() >= 182
    for tolerance in (1e-3, 1e-2, 0.1):  # at 0.01 it was 85
        alone = model.log_prob(x, error=True, solver="dopri5", rtol=tolerance, atol=tolerance)
        np.testing.assert_array_equal(alone.trace, 0)
        assert (np.abs(alone.values - exact) <= alone.solver + 1e-5).sum() >= 182


@pytest.mark.parametrize("trace", ["exact", "hutchinson"])
def test_gradients_are_those_of_finite_differences(trace):
    """With frozen steps, in float64; one noise for the forward and the backward pass."""
    field = flows.TimeMLP((6,), activation="tanh", zero_last=False, dtype="float64")
    cnf = flows.CNF(field, trace=trace, solver="rk4", steps=3, trainable_end_time=True, dtype="float64")
    cnf.build((None, 2))
    x, epsilon = tf.constant(X, "float64"), tf.sign(tf.constant(X[::-1], "float64"))

    @tf.function
    def loss():
        z, change, _ = cnf.inverse(x, training=True, epsilon=epsilon)
        return tf.reduce_mean(0.5 * tf.reduce_sum(z**2, 1) - change)

    variables = cnf.trainable_variables

    @tf.function
    def gradients():
        with tf.GradientTape() as tape:
            value = loss()
        return tape.gradient(value, [variable.value for variable in variables])

    rng = np.random.default_rng(0)
    directions = [rng.normal(size=variable.shape) for variable in variables]
    slope = sum(float(np.sum(g * d)) for g, d in zip(gradients(), directions, strict=True))
    values = []
    for h in (1e-5, -1e-5):
        for variable, d in zip(variables, directions, strict=True):
            variable.assign_add(h * d)
        values.append(float(loss()))
        for variable, d in zip(variables, directions, strict=True):
            variable.assign_add(-h * d)
    assert slope == pytest.approx((values[0] - values[1]) / 2e-5, rel=1e-5)
    assert abs(slope) > 0.01


def test_the_noise_of_the_backward_pass_is_that_of_the_forward_one():
    """Drawn in the solve or given from outside, the gradient is the same (torchdiffeq#120)."""
    field, generator = mlp(), keras.random.SeedGenerator(5)
    epsilon = keras.ops.where(keras.random.uniform(X.shape, seed=generator) < 0.5, 1.0, -1.0)
    cnf = flows.CNF(field, trace="hutchinson", solver="bosh3", rtol=1e-3, atol=1e-3, seed=5)
    cnf.build((None, 2))

    @tf.function
    def slope(epsilon=None):
        with tf.GradientTape() as tape:
            change = tf.reduce_sum(cnf.inverse(tf.constant(X), training=True, epsilon=epsilon).change)
        return tape.gradient(change, field.maps[0].matrix.value)

    drawn, given, other = slope(), slope(epsilon), slope(-epsilon[::-1])
    np.testing.assert_allclose(drawn, given, rtol=1e-4, atol=1e-4)
    assert np.abs(drawn - other).max() > 0.1


def _independent(t, x):
    """E[x₁ − x₀ | x_t] of independent N(0, 1) and N(2, ½²)."""
    variance, covariance = (1 - t) ** 2 + t**2 / 4, t / 4 - (1 - t)
    return 2 + covariance / variance * (x - 2 * t)


def _optimal(t, x):
    """That of the optimal transport between them, z → 2 + z/2."""
    return 2 - 0.5 * (x - 2 * t) / (1 - t / 2)


@pytest.mark.parametrize(
    ("coupling", "velocity", "batch", "epochs"),
    [("independent", _independent, 500, 20), ("optimal_transport", _optimal, 125, 4)],
    ids=["independent", "optimal"],
)
def test_flow_matching_recovers_the_known_velocity(coupling, velocity, batch, epochs):
    data = 2 + 0.5 * np.random.default_rng(0).normal(size=(20_000, 1))
    model = flows.FlowModel([flows.CNF(flows.TimeMLP((32, 32), "concat", "tanh"))], (1,))
    rate = keras.optimizers.schedules.CosineDecay(1e-2, 20_000 // batch * epochs)
    model.compile("flow_matching", coupling, optimizer=keras.optimizers.Adam(rate))
    model.fit(data, batch_size=batch, epochs=epochs, verbose=0)
    other, others = _optimal if velocity is _independent else _independent, []
    for t in (0.1, 0.4, 0.7):
        x = 2 * t + np.sqrt((1 - t) ** 2 + t**2 / 4) * np.linspace(-1, 1, 7)[:, None]
        found = np.asarray(model.flows[0].field(keras.ops.convert_to_tensor(t), x.astype("float32")))
        np.testing.assert_allclose(found, velocity(t, x), atol=0.25)
        others.append(np.abs(found - other(t, x)).max())
    assert max(others) > 0.35, "the two couplings have different velocities"


def test_the_integrals_are_losses():
    field = Linear([[0.5, 0.0], [0.0, 0.5]])
    cnf = flows.CNF(field, kinetic=2.0, jacobian=3.0, trace="hutchinson", solver="rk4", steps=8)
    model = flows.FlowModel([cnf], (2,))
    model(X, training=True)
    z = np.asarray(cnf.inverse(X).values)
    kinetic = 0.5 * np.mean(0.25 * z**2) * (np.e - 1)  # u² grows as e^t
    assert [float(loss) for loss in model.losses] == [pytest.approx(2 * kinetic, rel=1e-3), pytest.approx(3 * 0.25)]
