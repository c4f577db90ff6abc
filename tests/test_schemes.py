"""The mathematics of the schemes: formula, order, stability, and where f is called."""

import keras
import numpy as np
import pytest
from problems import block, flow, linear_field, random_matrix, slope

from zoo.layers import ForwardEuler, LinearMultistep

STEPS = (64, 128, 256, 512)
GRID = [complex(x, y) for x in (-2.5, -1.0, -0.3, 0.0, 0.4) for y in (-2.0, 0.0, 0.7)]


class Recorder(keras.layers.Layer):
    """A field that is called f(t, u) and keeps the points at which it was called."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.points = []

    def call(self, t, u):
        self.points.append((float(t), keras.ops.convert_to_numpy(u).copy()))
        return u * 0 + t + 1

    def compute_output_shape(self, t_shape, u_shape):
        return u_shape


def multistep_run(matrix, u0, u1, h, k, steps):
    """u after ``steps`` two-step steps that follow u0, u1."""
    layer = LinearMultistep(linear_field(matrix), step_size=h, k=k, dtype="float64")
    previous, u = u0, u1
    for _ in range(steps):
        previous, u = u, keras.ops.convert_to_numpy(layer([u, previous]))
    return u


def test_forward_euler_has_order_1():
    matrix, u0 = random_matrix(), np.array([[1.0, -0.5, 0.3, 0.8]])
    errors = []
    for n in STEPS:
        u = ForwardEuler(linear_field(matrix), step_size=1 / n, steps=n, dtype="float64")(u0)
        errors.append(np.linalg.norm(keras.ops.convert_to_numpy(u) - flow(matrix, 1.0, u0)))
    assert slope(errors, STEPS) == pytest.approx(1, abs=0.2)


@pytest.mark.parametrize("k", [-0.9, -0.5, -0.05, 0.0, 0.3, 0.67])
def test_linear_multistep_solves_the_slowed_equation_with_order_1(k):
    """(1 + k) u' = f(u) with h = (1 + k) Δt."""
    matrix, u0 = random_matrix(), np.array([[1.0, -0.5, 0.3, 0.8]])
    errors = []
    for n in STEPS:
        u1 = flow(matrix, 1 / n, u0)
        u = multistep_run(matrix, u0, u1, (1 + k) / n, k, n - 1)
        errors.append(np.linalg.norm(u - flow(matrix, 1.0, u0)))
    assert slope(errors, STEPS) == pytest.approx(1, abs=0.2)


def test_k_1_with_a_double_step_is_the_midpoint_rule_of_order_2():
    matrix, u0 = random_matrix(), np.array([[1.0, -0.5, 0.3, 0.8]])
    errors = []
    for n in STEPS:
        u = multistep_run(matrix, u0, flow(matrix, 1 / n, u0), 2 / n, 1, n - 1)
        errors.append(np.linalg.norm(u - flow(matrix, 1.0, u0)))
    assert slope(errors, STEPS) == pytest.approx(2, abs=0.2)


@pytest.mark.parametrize("z", GRID, ids=str)
def test_forward_euler_amplifies_by_1_plus_z(z):
    layer = ForwardEuler(linear_field(block(z)), step_size=0.5, dtype="float64")
    amplification = keras.ops.convert_to_numpy(layer(np.eye(2))).T
    np.testing.assert_allclose(amplification, block(1 + 0.5 * z), atol=1e-12)


@pytest.mark.parametrize("k", [-1.0, -0.4, 0.0, 0.6, 1.0])
@pytest.mark.parametrize("z", GRID, ids=str)
def test_linear_multistep_has_its_companion_matrix(z, k):
    """[u⁺; u] = [[(1 − k) + hz, k], [1, 0]] [u; u⁻]."""
    layer = LinearMultistep(linear_field(block(z)), step_size=0.5, k=k, dtype="float64")
    identity, zero = np.eye(2), np.zeros((2, 2))
    from_u, from_previous = (
        keras.ops.convert_to_numpy(layer([identity, zero])).T,
        keras.ops.convert_to_numpy(layer([zero, identity])).T,
    )
    np.testing.assert_allclose(from_u, block(1 - k + 0.5 * z), atol=1e-12)
    np.testing.assert_allclose(from_previous, block(complex(k)), atol=1e-12)


def test_leapfrog_and_momentum_are_special_cases():
    """k = −1 gives 2u − u⁻ + f(u); k = −γ gives u + γ(u − u⁻) + f(u)."""
    matrix = random_matrix()
    u, previous = np.array([[1.0, 2.0, -1.0, 0.5]]), np.array([[0.5, 1.0, 0.0, 2.0]])
    f = u @ matrix.T
    leapfrog = LinearMultistep(linear_field(matrix), k=-1, dtype="float64")([u, previous])
    np.testing.assert_allclose(leapfrog, 2 * u - previous + f)
    momentum = LinearMultistep(linear_field(matrix), k=-0.9, dtype="float64")([u, previous])
    np.testing.assert_allclose(momentum, u + 0.9 * (u - previous) + f)


def test_forward_euler_calls_f_at_its_grid_points():
    f = Recorder()
    ForwardEuler(f, step_size=0.25, steps=3)(np.zeros((1, 1), "float32"))
    assert [t for t, _ in f.points] == [0.0, 0.25, 0.5]
    np.testing.assert_allclose([u.item() for _, u in f.points], [0.0, 0.25, 0.25 + 0.25 * 1.25])


def test_linear_multistep_calls_f_once_at_u():
    f = Recorder()
    LinearMultistep(f, k=0.5)([np.full((1, 2), 3.0, "float32"), np.zeros((1, 2), "float32")])
    ((t, u),) = f.points
    assert t == 0.0
    np.testing.assert_array_equal(u, np.full((1, 2), 3.0))


def test_trained_k_starts_between_minus_a_tenth_and_zero():
    layer = LinearMultistep(keras.layers.Dense(500), per_channel=True)
    layer.build([(None, 500), (None, 500)])
    k = keras.ops.convert_to_numpy(layer.k)
    assert k.shape == (500,)
    assert -0.1 <= k.min() < -0.09
    assert -0.01 < k.max() <= 0.0
    scalar = LinearMultistep(keras.layers.Dense(4))
    scalar.build([(None, 4), (None, 4)])
    assert scalar.k.shape == ()
    assert scalar.k.trainable


def test_fixed_k_is_no_weight():
    layer = LinearMultistep(keras.layers.Dense(4), k=-1)
    layer.build([(None, 4), (None, 4)])
    assert layer.k == -1
    assert len(layer.weights) == 2


def test_one_k_per_channel_acts_on_its_channel():
    layer = LinearMultistep(linear_field(np.zeros((3, 3))), per_channel=True, dtype="float64")
    layer.build([(None, 3), (None, 3)])
    layer.k.assign([0.0, 0.5, 1.0])
    result = layer([np.full((1, 3), 2.0), np.full((1, 3), 4.0)])
    np.testing.assert_allclose(result, [[2.0, 3.0, 4.0]])


def test_a_field_that_is_built_already_is_accepted():
    f = keras.Sequential([keras.layers.Dense(4)])
    f.build((7, 4))
    assert ForwardEuler(f)(np.ones((3, 4), "float32")).shape == (3, 4)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: ForwardEuler(lambda u: u), TypeError, "keras.layers.Layer"),
        (lambda: LinearMultistep("relu"), TypeError, "keras.layers.Layer"),
        (lambda: ForwardEuler(keras.layers.Dense(4), steps=0), ValueError, "steps=0"),
        (lambda: ForwardEuler(keras.layers.Dense(4), steps=1.5), ValueError, "steps=1.5"),
        (lambda: ForwardEuler(keras.layers.Dense(4), step_size=float("nan")), ValueError, "step_size=nan"),
        (lambda: LinearMultistep(keras.layers.Dense(4), step_size="1"), ValueError, "step_size='1'"),
        (lambda: LinearMultistep(keras.layers.Dense(4), k=float("inf")), ValueError, "k=inf"),
        (lambda: LinearMultistep(keras.layers.Dense(4), k=1, per_channel=True), ValueError, "per_channel"),
        (lambda: ForwardEuler(keras.layers.Dense(5))(np.ones((1, 4))), ValueError, r"Expected: \(4,\).*\(5,\)"),
        (lambda: LinearMultistep(keras.layers.Dense(5))([np.ones((1, 4))] * 2), ValueError, r"\(5,\)"),
        (lambda: LinearMultistep(keras.layers.Dense(4))(np.ones((1, 4))), ValueError, "u_previous"),
        (lambda: LinearMultistep(keras.layers.Dense(4))([np.ones((1, 4))] * 3), ValueError, "u_previous"),
        (
            lambda: LinearMultistep(keras.layers.Dense(4))([np.ones((1, 4)), np.ones((1, 3))]),
            ValueError,
            r"\(1, 4\).*\(1, 3\)",
        ),
    ],
)
def test_bad_input(make, error, message):
    with pytest.raises(error, match=message):
        make()
