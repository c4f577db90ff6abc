"""The mathematics of the schemes: formula, order, stability, and where f is called."""

import keras
import numpy as np
import pytest
from descriptors import SCHEMES
from problems import LINEAR, Field, TimedField, block, blocks, flow, linear_field, random_matrix, slope

from zoo import numerics
from zoo.layers import (
    BackwardEuler,
    FieldSum,
    ForwardEuler,
    Hamiltonian,
    Leapfrog,
    LeapfrogMidpoint,
    LinearMultistep,
    Momentum,
    Parabolic,
    RungeKutta,
    SymmetricConv2D,
    polynet_module,
)

STEPS = (64, 128, 256, 512)
GRID = [complex(x, y) for x in (-2.5, -1.0, -0.3, 0.0, 0.4) for y in (-2.0, 0.0, 0.7)]
GRID_POINTS = pytest.mark.parametrize("z", GRID, ids=str)
CASES = [(row, problem) for row in SCHEMES for problem in row.problems]
TABLEAUS = pytest.mark.parametrize("tableau", numerics.TABLEAUS.values(), ids=list(numerics.TABLEAUS))


def numpy(tensor):
    return keras.ops.convert_to_numpy(tensor)


def apply(layers, u):
    for layer in layers:
        u = layer(u)
    return numpy(u)


# Order


@pytest.mark.parametrize(("row", "problem"), CASES, ids=[f"{row.name}, {problem.name}" for row, problem in CASES])
def test_order(row, problem):
    """The slope of log error against log step, at steps that leave rounding far behind."""
    order = row.numerics.order
    steps = {1: (32, 64, 128), 2: (32, 64, 128), 3: (16, 32, 64)}.get(order, (12, 24, 48))
    errors = []
    for n in steps:
        end = apply(row.run(problem.fields(), 1 / n, n), problem.start)
        errors.append(np.linalg.norm(end - problem.end))
    assert slope(errors, steps) == pytest.approx(order, abs=0.2)


def multistep_run(matrix, u0, u1, h, k, steps):
    """u after ``steps`` two-step steps that follow u0, u1."""
    layer = LinearMultistep(linear_field(matrix), step_size=h, k=k, dtype="float64")
    previous, u = u0, u1
    for _ in range(steps):
        previous, u = u, numpy(layer([u, previous]))
    return u


@pytest.mark.slow
@pytest.mark.parametrize("k", [-0.9, -0.5, -0.05, 0.0, 0.3, 0.67])
def test_linear_multistep_solves_the_slowed_equation_with_order_1(k):
    """(1 + k) u' = f(u) with h = (1 + k) Δt."""
    matrix, u0 = random_matrix(), LINEAR.start
    errors = []
    for n in STEPS:
        u1 = flow(matrix, 1 / n, u0)
        u = multistep_run(matrix, u0, u1, (1 + k) / n, k, n - 1)
        errors.append(np.linalg.norm(u - flow(matrix, 1.0, u0)))
    assert slope(errors, STEPS) == pytest.approx(numerics.two_step(k).order, abs=0.2)


@pytest.mark.parametrize("arguments", [{"k": 1}, {"k": -0.4}, {"per_channel": True, "k_initializer": "ones"}])
def test_a_two_step_step_is_undone(arguments):
    f = keras.Sequential([keras.layers.Dense(3, "tanh"), keras.layers.Dropout(0.5)])
    layer = LinearMultistep(f, 0.3, dtype="float64", **arguments)
    u, before = np.random.default_rng(0).normal(size=(2, 4, 3))
    np.testing.assert_allclose(layer.inverse([layer([u, before]), u]), before, rtol=0, atol=1e-6)


@pytest.mark.parametrize("k", [0.0, [1.0, 0.0, 1.0]])
def test_a_step_that_forgets_has_no_inverse(k):
    layer = LinearMultistep(keras.layers.Dense(3), **({"k": k} if k == 0 else {"per_channel": True}))
    u = np.ones((1, 3), "float32")
    layer([u, u])
    if k:
        layer.k.assign(k)
    with pytest.raises(ValueError, match="k = 0.*no inverse"):
        layer.inverse([u, u])


def test_k_1_with_a_double_step_is_the_midpoint_rule_of_order_2():
    matrix, u0 = random_matrix(), LINEAR.start
    errors = []
    for n in STEPS:
        u = multistep_run(matrix, u0, flow(matrix, 1 / n, u0), 2 / n, 1, n - 1)
        errors.append(np.linalg.norm(u - flow(matrix, 1.0, u0)))
    assert slope(errors, STEPS) == pytest.approx(numerics.LEAPFROG_MIDPOINT.order, abs=0.2)


# Stability


def one_step(row, value, h):
    """The layer of one step for fields that multiply by a complex number, as the matrix that it applies."""
    fields = [linear_field(block(value)) for _ in row.problems[0].fields()]
    if row.name == "Hamiltonian":  # z' = −g(y)
        fields[1] = linear_field(block(-value))
    if row.name == "Parabolic":  # u' = −f(u)
        fields = [linear_field(block(-value))]
    size = 2 * len(fields)
    return apply(row.run(fields, h, 1), np.eye(size)).T


@pytest.mark.slow
@pytest.mark.parametrize(
    "row", [row for row in SCHEMES if not isinstance(row.numerics, numerics.Multistep)], ids=lambda row: row.name
)
@GRID_POINTS
def test_one_step_amplifies_by_the_stability_matrix(row, z):
    np.testing.assert_allclose(one_step(row, z, 0.5), blocks(row.numerics.stability(0.5 * z)), atol=1e-9)


@pytest.mark.parametrize("k", [-0.9, -0.4, 0.0, 0.6, 1.0])
@GRID_POINTS
def test_linear_multistep_has_its_companion_matrix(z, k):
    layer = LinearMultistep(linear_field(block(z)), step_size=(1 + k) * 0.5, k=k, dtype="float64")
    identity, zero = np.eye(2), np.zeros((2, 2))
    from_u, from_previous = numpy(layer([identity, zero])).T, numpy(layer([zero, identity])).T
    step = np.block([[from_u, from_previous], [identity, zero]])
    np.testing.assert_allclose(step, blocks(numerics.two_step(k).stability(0.5 * z)), atol=1e-9)


RUNS = {
    "LeapfrogMidpoint": (LeapfrogMidpoint, numerics.LEAPFROG_MIDPOINT, 0.5),
    "Leapfrog": (Leapfrog, numerics.LEAPFROG, 0.125),
    "Momentum": (Momentum, numerics.two_step(-0.9), 0.05),
}


@pytest.mark.parametrize("name", RUNS)
@GRID_POINTS
def test_a_run_applies_the_powers_of_its_companion_matrix(name, z):
    """[uₙ, uₙ₋₁] = Mⁿ⁻¹ [u₁, u₀], after the start u₁ = u₀ + start · f(u₀) with h = 0.5."""
    layer, method, start = RUNS[name]
    root = np.sqrt(z) if method.derivative == 2 else z
    companion = method.stability(0.5 * root)
    for n in (1, 2, 5):
        expected = (np.linalg.matrix_power(companion, n - 1) @ [1 + start * z, 1])[0]
        got = numpy(layer(n * [linear_field(block(z))], step_size=0.5, dtype="float64")(np.eye(2))).T
        np.testing.assert_allclose(got, block(expected), atol=1e-9)


# Where f is called


@TABLEAUS
def test_runge_kutta_calls_f_at_the_points_of_the_tableau(tableau):
    f = TimedField(lambda t, u: keras.ops.sin(u) + t)
    u, h = np.array([[0.3, -1.2]]), 0.4
    layer = RungeKutta(f, tableau, step_size=h, steps=2, dtype="float64")
    layer(u)
    expected = []
    for step in range(2):
        stages = {}
        for i in range(tableau.stages):
            t = (step + tableau.c[i]) * h
            point = u + h * sum((a * stages[j] for j, a in enumerate(tableau.a[i])), np.zeros_like(u))
            stages[i] = np.sin(point) + t
            if i in tableau.needed:
                expected.append((t, point))
        u = u + h * sum(b * stages[i] for i, b in enumerate(tableau.b))
    assert len(f.points) == len(expected) == 2 * tableau.evaluations
    for (t, point), (expected_t, expected_point) in zip(f.points, expected, strict=True):
        assert t == pytest.approx(expected_t)
        np.testing.assert_allclose(point, expected_point, rtol=1e-12)


def test_forward_euler_and_parabolic_call_f_at_their_grid_points():
    for layer, sign in ((ForwardEuler, 1), (Parabolic, -1)):
        f = TimedField(lambda t, u: u * 0 + t + 1)
        layer(f, step_size=0.25, steps=3, dtype="float64")(np.zeros((1, 1)))
        assert [t for t, _ in f.points] == [0.0, 0.25, 0.5]
        np.testing.assert_allclose([sign * u.item() for _, u in f.points], [0.0, 0.25, 0.25 + 0.25 * 1.25])


def test_linear_multistep_calls_f_once_at_u():
    f = TimedField(lambda t, u: u + t)
    LinearMultistep(f, k=0.5, dtype="float64")([np.full((1, 2), 3.0), np.zeros((1, 2))])
    ((t, u),) = f.points
    assert t == 0.0
    np.testing.assert_array_equal(u, np.full((1, 2), 3.0))


@pytest.mark.parametrize(("layer", "h"), [(LeapfrogMidpoint, 2 * 0.1), (Leapfrog, 0.01), (Momentum, 0.1 * 0.1)])
def test_a_run_calls_each_field_once_on_its_grid_and_takes_multistep_steps(layer, h):
    f = TimedField(lambda t, u: keras.ops.cos(u) + t)
    run = layer(4 * [f], step_size=0.1, dtype="float64")
    end = numpy(run(np.array([[0.5]])))
    assert [t for t, _ in f.points] == pytest.approx([0.0, 0.1, 0.2, 0.3])
    states = [u for _, u in f.points] + [end]
    for n in (1, 2, 3):
        frozen = Field(lambda u, t=0.1 * n: keras.ops.cos(u) + t)
        step = LinearMultistep(frozen, step_size=h, k=run.k, dtype="float64")
        np.testing.assert_allclose(step([states[n], states[n - 1]]), states[n + 1], rtol=1e-12)


@pytest.mark.parametrize(("kind", "calls"), [("poly-2", 2), ("poly-3", 3), ("mpoly-2", 2), ("mpoly-3", 3)])
def test_backward_euler_computes_each_application_once(kind, calls):
    fields = [Field(lambda u, i=i: (i + 2) * keras.ops.sin(u) + 1) for i in range(calls)]
    chosen = fields if kind.startswith("m") else fields[:1]
    module = polynet_module(kind, chosen, step_size=0.5, scale=0.3, dtype="float64")
    u = np.array([[0.4, -2.0]])
    got = numpy(module(u))
    v, total, points = u, 0, []
    for j in range(calls):
        points.append(v)
        factor = j + 2 if kind.startswith("m") else 2
        v = factor * np.sin(v) + 1
        total = total + 0.5 ** (j + 1) * v
    np.testing.assert_allclose(got, u + 0.3 * total, rtol=1e-12)
    called = [point for field in chosen for _, point in field.points]
    np.testing.assert_allclose(called, points, rtol=1e-12)


@pytest.mark.parametrize("kind", ["2-way", "3-way"])
def test_the_parallel_modules_of_polynet_add_their_fields(kind):
    fields = [Field(lambda u, i=i: keras.ops.sin(u) + i) for i in range(int(kind[0]))]
    module = polynet_module(kind, fields, step_size=0.5, scale=0.3)
    assert isinstance(module, ForwardEuler)
    assert isinstance(module.f, FieldSum)
    u = np.array([[0.4, -2.0]], "float32")
    expected = u + 0.15 * sum(np.sin(u) + i for i in range(len(fields)))
    np.testing.assert_allclose(module(u), expected, rtol=1e-6)


@pytest.mark.parametrize("terms", [1, 2, 3])
def test_backward_euler_is_the_truncated_inverse_for_a_linear_field(terms):
    matrix, u = random_matrix(), LINEAR.start
    layer = BackwardEuler(terms * [linear_field(matrix)], step_size=0.3, dtype="float64")
    np.testing.assert_allclose(layer(u), u @ numerics.NeumannSeries(terms)(0.3 * matrix).T, rtol=1e-12)


def test_backward_euler_drops_terms_but_not_what_is_computed_from_them():
    """With F(u) = 1 and G(v) = 10 v, the sum of a sample is 0, 1/q, 10/q or both, each by its probability."""
    ones = Field(lambda u: u * 0 + 1)
    layer = BackwardEuler([ones, Field(lambda v: 10 * v)], drop_path=0.25, seed=3, dtype="float64")
    sums = numpy(layer(np.zeros((4000, 1)), training=True))[:, 0] * 0.75
    values, counts = np.unique(np.round(sums, 6), return_counts=True)
    np.testing.assert_allclose(values, [0, 1, 10, 11])
    expected = 4000 * np.array([1 / 16, 3 / 16, 3 / 16, 9 / 16])
    assert np.all(np.abs(counts - expected) < 4 * np.sqrt(expected))
    np.testing.assert_allclose(layer(np.zeros((3, 1))), np.full((3, 1), 11.0))


def test_the_mean_of_identity_and_two_euler_steps_is_heun():
    f = Field(lambda u: keras.ops.sin(u) + u**2)
    u = np.array([[0.3, -0.7]])
    euler = ForwardEuler(f, step_size=0.1, steps=2, dtype="float64")
    np.testing.assert_allclose((u + numpy(euler(u))) / 2, RungeKutta(f, "heun", 0.1, dtype="float64")(u), rtol=1e-13)


def test_the_general_step():
    """u⁺ = g(s(u) + h f(u)), with a shortcut that changes the width."""
    f, s = keras.layers.Dense(3), keras.layers.Dense(3)
    u = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")
    layer = ForwardEuler(f, step_size=0.5, shortcut=s, activation="relu")
    np.testing.assert_allclose(layer(u), np.maximum(numpy(s(u)) + 0.5 * numpy(f(u)), 0), rtol=1e-5, atol=1e-6)
    assert layer.compute_output_shape((None, 4)) == (None, 3)


# Energy


def pendulum_energy(y, z):
    return z**2 / 2 - np.cos(y)


@pytest.mark.slow
def test_the_hamiltonian_unit_keeps_the_energy_within_bounds():
    """1,000 steps of a pendulum at h = 0.1: the error oscillates; forward Euler's grows to many times it."""
    layer = Hamiltonian(Field(lambda z: z), Field(keras.ops.sin), step_size=0.1, dtype="float64")
    euler = ForwardEuler(
        Field(lambda u: keras.ops.stack([u[:, 1], -keras.ops.sin(u[:, 0])], axis=1)), 0.1, dtype="float64"
    )
    drift = {}
    for name, step in (("symplectic", layer), ("euler", euler)):
        u, energies = np.array([[1.0, 0.0]]), []
        for _ in range(1000):
            u = numpy(step(u))
            energies.append(pendulum_energy(*u[0]))
        drift[name] = np.abs(np.array(energies) - pendulum_energy(1.0, 0.0))
    assert drift["symplectic"].max() < 0.05
    assert drift["symplectic"][500:].max() < 1.05 * drift["symplectic"][:500].max()
    assert drift["euler"].max() > 20 * drift["symplectic"].max()


def test_leapfrog_keeps_the_energy_within_bounds():
    f = Field(lambda u: -keras.ops.sin(u))
    Leapfrog(1000 * [f], step_size=0.1, dtype="float64")(np.array([[1.0]]))
    u = np.array([point.item() for _, point in f.points])
    energies = pendulum_energy(u[1:-1], (u[2:] - u[:-2]) / 0.2)
    drift = np.abs(energies - pendulum_energy(1.0, 0.0))
    assert drift.max() < 0.005
    assert drift[500:].max() < 1.05 * drift[:500].max()


def test_the_hamiltonian_unit_inverts():
    keras.utils.set_random_seed(0)
    units = [
        Hamiltonian(SymmetricConv2D(dtype="float64"), SymmetricConv2D(dtype="float64"), 0.2, dtype="float64")
        for _ in range(5)
    ]
    u = np.random.default_rng(0).normal(size=(2, 6, 6, 4))
    back = apply(units, u)
    assert np.abs(back - u).max() > 0.1
    for unit in reversed(units):
        back = numpy(unit.inverse(back))
    np.testing.assert_allclose(back, u, atol=1e-12)


# The symmetric field


def jacobian(f, shape):
    """Of f at 0 plus something, by differences, which are exact for a field that is linear near it."""
    size = int(np.prod(shape))
    point = np.random.default_rng(1).normal(size=size)
    step = 1e-6
    points = np.concatenate([point + step * np.eye(size), point - step * np.eye(size)])
    values = numpy(f(points.reshape(-1, *shape))).reshape(2 * size, size)
    return ((values[:size] - values[size:]) / (2 * step)).T


@pytest.mark.parametrize(("filters", "size"), [(3, 3), (None, 1), (2, 5)])
def test_the_jacobian_of_a_symmetric_convolution_is_symmetric_and_positive_semidefinite(filters, size):
    keras.utils.set_random_seed(0)
    f = SymmetricConv2D(filters, size, activation="tanh", dtype="float64")
    f.build((None, 5, 4, 2))
    f.bias.assign(np.linspace(-0.5, 0.5, f.bias.shape[0]))
    matrix = jacobian(f, (5, 4, 2))
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-7)
    assert np.linalg.eigvalsh(matrix).min() > -1e-7
    assert np.linalg.eigvalsh(matrix).max() > 0.1


def test_the_parabolic_step_damps_perturbations():
    keras.utils.set_random_seed(0)
    f = SymmetricConv2D(dtype="float64")
    u = np.random.default_rng(0).normal(size=(1, 6, 6, 2))
    layer = Parabolic(f, step_size=0.05, steps=10, dtype="float64")
    v = u + 0.1 * np.random.default_rng(1).normal(size=u.shape)
    assert np.linalg.norm(numpy(layer(u)) - numpy(layer(v))) < np.linalg.norm(u - v)


# Weights


def test_trained_k_starts_between_minus_a_tenth_and_zero():
    layer = LinearMultistep(keras.layers.Dense(500), per_channel=True)
    layer.build([(None, 500), (None, 500)])
    k = numpy(layer.k)
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


@pytest.mark.parametrize("scheme", [BackwardEuler, Leapfrog, LeapfrogMidpoint, Momentum, FieldSum])
def test_a_field_that_comes_twice_has_its_weights_once_also_after_a_round_trip(scheme, tmp_path):
    first, second = keras.layers.Dense(4), keras.layers.Dense(4)
    layer = scheme([first, second, first])
    model = keras.Sequential([keras.Input((4,)), layer])
    assert len(model.trainable_variables) == 4
    model.save(tmp_path / "m.keras")
    loaded = keras.models.load_model(tmp_path / "m.keras")
    fields = loaded.layers[0].fields
    assert fields[0] is fields[2]
    assert fields[0] is not fields[1]
    u = np.ones((2, 4), "float32")
    np.testing.assert_array_equal(loaded(u), model(u))


# Bad input


def dense(units=4):
    return keras.layers.Dense(units)


ONE = np.ones((1, 4))


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: ForwardEuler(lambda u: u), TypeError, "keras.layers.Layer"),
        (lambda: LinearMultistep("relu"), TypeError, "keras.layers.Layer"),
        (lambda: ForwardEuler(dense(), steps=0), ValueError, "steps=0"),
        (lambda: ForwardEuler(dense(), steps=1.5), ValueError, "steps=1.5"),
        (lambda: ForwardEuler(dense(), step_size=float("nan")), ValueError, "step_size=nan"),
        (lambda: ForwardEuler(dense(), shortcut="identity"), TypeError, "shortcut of ForwardEuler"),
        (lambda: ForwardEuler(dense(), activation="rleu"), ValueError, "rleu"),
        (lambda: ForwardEuler(dense(3), shortcut=dense(3), steps=2)(ONE), ValueError, r"keep the shape \(4,\).*\(3,\)"),
        (lambda: ForwardEuler(dense(4), shortcut=dense(3))(ONE), ValueError, r"Expected: \(3,\).*\(4,\)"),
        (lambda: LinearMultistep(dense(), step_size="1"), ValueError, "step_size='1'"),
        (lambda: LinearMultistep(dense(), k=float("inf")), ValueError, "k=inf"),
        (lambda: LinearMultistep(dense(), k=1, per_channel=True), ValueError, "per_channel"),
        (lambda: ForwardEuler(dense(5))(ONE), ValueError, r"Expected: \(4,\).*\(5,\)"),
        (lambda: LinearMultistep(dense(5))([ONE] * 2), ValueError, r"\(5,\)"),
        (lambda: LinearMultistep(dense())(ONE), ValueError, "u_previous"),
        (lambda: LinearMultistep(dense())([ONE] * 3), ValueError, "u_previous"),
        (lambda: LinearMultistep(dense())([ONE, np.ones((1, 3))]), ValueError, r"\(1, 4\).*\(1, 3\)"),
        (lambda: RungeKutta(dense(), "rk5"), ValueError, "rk4"),
        (lambda: RungeKutta("rk4"), TypeError, "RungeKutta expects its field f"),
        (lambda: RungeKutta(dense(), steps=-1), ValueError, "steps=-1"),
        (lambda: RungeKutta(dense(5))(ONE), ValueError, r"Expected: \(4,\).*\(5,\)"),
        (lambda: BackwardEuler([]), ValueError, r"at least one field.*Received: \[\]"),
        (lambda: BackwardEuler(dense()), ValueError, "list of at least one field"),
        (lambda: BackwardEuler([dense(), None]), TypeError, "keras.layers.Layer"),
        (lambda: BackwardEuler([dense()], drop_path=1.0), ValueError, "drop_path=1.0"),
        (lambda: BackwardEuler([dense()], scale=None), ValueError, "scale=None"),
        (lambda: BackwardEuler([dense(), dense(5)])(ONE), ValueError, r"Expected: \(4,\).*\(5,\)"),
        (lambda: FieldSum([dense(), dense(5)])(ONE), ValueError, r"Expected: \(4,\).*\(5,\)"),
        (lambda: polynet_module("poly-4", [dense()]), ValueError, "poly-3"),
        (lambda: polynet_module("mpoly-2", [dense()]), ValueError, r"2 field\(s\). Received: 1"),
        (lambda: Momentum([dense()], gamma=1.0), ValueError, "gamma=1.0"),
        (lambda: Leapfrog([dense()], step_size="h"), ValueError, "step_size='h'"),
        (lambda: LeapfrogMidpoint([dense(5)])(ONE), ValueError, r"Expected: \(4,\).*\(5,\)"),
        (lambda: Hamiltonian(dense(), None), TypeError, "keras.layers.Layer"),
        (lambda: Hamiltonian(dense(), dense())(np.ones((1, 5))), ValueError, r"even number of channels.*\(1, 5\)"),
        (lambda: Hamiltonian(dense(2), dense(4))(ONE), ValueError, r"Expected: \(2,\).*\(4,\)"),
        (lambda: Parabolic(dense(), step_size=float("inf")), ValueError, "step_size=inf"),
        (lambda: SymmetricConv2D(kernel_size=2), ValueError, "kernel_size=2"),
        (lambda: SymmetricConv2D(0), ValueError, "filters=0"),
    ],
)
def test_bad_input(make, error, message):
    with pytest.raises(error, match=message):
        make()
