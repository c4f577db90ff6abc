"""The Runge–Kutta solver on TensorFlow Probability: accuracy, gradients, failures, in eager mode, graphs and XLA."""

import functools
import inspect

import numpy as np
import pytest
import scipy.integrate
import tensorflow as tf
import tensorflow_probability as tfp

import zoo
from zoo.numerics import TABLEAUS
from zoo.solvers import Backsolve, RungeKuttaSolver, Status
from zoo.solvers.adaptive import Adaptive
from zoo.solvers.gradients import GRADIENTS
from zoo.solvers.grid import Grid
from zoo.solvers.results import Memory

MODES = ["eager", "graph", "xla"]
ADAPTIVE = [name for name, tableau in TABLEAUS.items() if tableau.b_embedded]


def run(function, mode, *arguments):
    if mode == "eager":
        return function(*arguments)
    return tf.function(function, jit_compile=mode == "xla", autograph=False)(*arguments)


def rotation(t, u):
    return tf.stack([u[1], -u[0]])


def kepler(t, u):
    """DETEST D: an orbit of eccentricity 0.3."""
    r3 = (u[0] ** 2 + u[1] ** 2) ** 1.5
    return tf.stack([u[2], u[3], -u[0] / r3, -u[1] / r3])


def logistic(t, u):
    """DETEST A4."""
    return u / 4 * (1 - u / 20)


def populations(t, u):
    """DETEST B1."""
    return tf.stack([2 * (u[0] - u[0] * u[1]), -(u[1] - u[0] * u[1])])


def gaussian(t, u):
    """Depends on time."""
    return -2 * t * u


DETEST = {
    "logistic": (logistic, [1.0], 20.0),
    "populations": (populations, [1.0, 3.0], 20.0),
    "kepler": (kepler, [0.7, 0.0, 0.0, (1.3 / 0.7) ** 0.5], 20.0),
    "gaussian": (gaussian, [1.0], 2.0),
}


@pytest.mark.parametrize("name", TABLEAUS)
def test_order_on_a_fixed_grid(name):
    errors = []
    for steps in (16, 32):
        solver = RungeKuttaSolver(name, steps=steps)
        states = solver.solve(rotation, 0.0, tf.constant([1.0, 0.0], tf.float64), [1.0]).states
        errors.append(np.abs(states[0] - [np.cos(1), -np.sin(1)]).max())
    assert np.log2(errors[0] / errors[1]) == pytest.approx(TABLEAUS[name].order, abs=0.2)


@functools.cache
def by_scipy(problem, method, tol):
    """The state at the end, and the evaluations."""
    f, start, end = DETEST[problem]
    f = tf.function(f, autograph=False)
    solution = scipy.integrate.solve_ivp(
        lambda t, u: f(tf.constant(t, tf.float64), tf.constant(u)).numpy(), (0, end), start, method, rtol=tol, atol=tol
    )
    return solution.y[:, -1], solution.nfev


@pytest.mark.slow
@pytest.mark.parametrize("problem", DETEST)
@pytest.mark.parametrize("name", [name for name in ADAPTIVE if name != "heun"])
def test_detest_against_scipy(name, problem):
    f, start, end = DETEST[problem]
    u0 = tf.constant(start, tf.float64)
    truth, _ = by_scipy(problem, "DOP853", 1e-11)
    errors, evaluations = [], []
    for tol in (1e-4, 1e-6):
        solver = RungeKuttaSolver(name, rtol=tol, atol=tol, max_steps=3000)
        results = run(lambda: solver.solve(f, 0.0, u0, [end]), "graph")  # noqa: B023
        assert results.diagnostics.status == Status.SUCCESS
        errors.append(np.abs(results.states[0] - truth).max())
        evaluations.append(int(results.diagnostics.num_ode_fn_evaluations))
    assert errors[1] < 2e-3
    assert errors[1] < errors[0] / 10
    if name == "dopri5":
        rival, rivals_evaluations = by_scipy(problem, "RK45", 1e-6)
        assert errors[1] < 2 * np.abs(rival - truth).max()
        assert evaluations[1] < 1.6 * rivals_evaluations


def frozen_problem():
    """A loss of every input that a gradient reaches, and the inputs."""
    random = np.random.default_rng(0)
    weight = tf.Variable(0.7 * random.normal(size=(3, 3)))
    inputs = [random.normal(size=(2, 3)), np.array(0.5), np.array(0.2), np.array([1.0, 2.0])]

    def loss(solver, u0, c, t0, times):
        def f(t, u, c):
            return tf.tanh(u @ weight + c * tf.sin(3 * t)) - u

        states = solver.solve(f, t0, u0, times, constants={"c": c}).states
        return tf.reduce_sum(states**2 * tf.constant([[[1.0]], [[2.0]]], tf.float64))

    return loss, weight, [tf.constant(value) for value in inputs]


def gradient(loss, solver, weight, inputs):
    with tf.GradientTape() as tape:
        tape.watch([*inputs, weight])
        value = loss(solver, *inputs)
    return tape.gradient(value, [*inputs, weight])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "kind", "mode"),  # every two of them together
    [("rk4", "replay", "eager"), ("rk4", "direct", "xla"), ("dopri5", "replay", "xla"), ("dopri5", "direct", "graph")],
)
def test_gradients_are_central_differences_on_a_fixed_grid(name, kind, mode):
    loss, weight, inputs = frozen_problem()
    solver = RungeKuttaSolver(name, steps=3, gradient=kind)
    received = run(lambda *args: gradient(loss, solver, weight, args), mode, *inputs)
    random, h = np.random.default_rng(1), 1e-5
    value = tf.function(lambda *args: loss(solver, *args), autograph=False)
    for place, slope in enumerate(received):
        direction = random.normal(size=slope.shape)

        def shifted(amount, place=place, direction=direction):
            if place == len(inputs):
                weight.assign_add(amount * direction)
                result = value(*inputs)
                weight.assign_sub(amount * direction)
                return float(result)
            moved = list(inputs)
            moved[place] = moved[place] + amount * direction
            return float(value(*moved))

        expected = (shifted(h) - shifted(-h)) / (2 * h)
        assert float(np.sum(slope * direction)) == pytest.approx(expected, rel=1e-6, abs=1e-7)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "mode"), [*((name, "graph") for name in ADAPTIVE), ("dopri5", "eager"), ("dopri5", "xla"), ("heun", "xla")]
)
def test_replay_is_direct_with_adaptive_steps(name, mode):
    loss, weight, inputs = frozen_problem()
    kinds = [
        RungeKuttaSolver(name, rtol=1e-4, atol=1e-4, max_steps=300, gradient=kind) for kind in ("replay", "direct")
    ]
    replayed, direct = (run(lambda *a, s=s: gradient(loss, s, weight, a), mode, *inputs) for s in kinds)
    for a, b in zip(replayed, direct, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12)


@pytest.mark.slow
def test_gradient_on_a_contracting_field():
    """‖w1‖ ‖w2‖ = 1, so that states of u' = tanh(u w1 + sin 3t) w2 − u approach each other."""
    random = np.random.default_rng(0)
    w1, w2 = (tf.Variable(w / np.linalg.norm(w, 2)) for w in (random.normal(size=(8, 32)), random.normal(size=(32, 8))))
    u0 = tf.constant(random.normal(size=(16, 8)))

    def f(t, u):
        return tf.tanh(u @ w1 + tf.sin(3 * t)) @ w2 - u

    def parameters(solver):
        @tf.function(autograph=False)
        def slopes():
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(solver.solve(f, 0.0, u0, tf.constant([10.0], tf.float64)).states ** 2)
            return tape.gradient(loss, [w1, w2])

        return np.concatenate([np.ravel(slope) for slope in slopes()])

    reference = parameters(RungeKuttaSolver("rk4", steps=400))

    def error(tol, kind):
        received = parameters(RungeKuttaSolver(rtol=tol, atol=tol, max_steps=200, gradient=kind))
        return np.linalg.norm(received - reference) / np.linalg.norm(reference)

    assert error(1e-3, "replay") < 0.03
    assert error(1e-5, "replay") < 1e-4


@pytest.mark.slow
def test_backsolve_fails_where_the_field_contracts():
    """u₁' = −5 u₁, u₂' = θ u₁² from (1, 0): ∂u₂(5)/∂θ = (1 − exp(−50)) / 10. Backward in time, errors in u₁ grow by
    exp(25), whatever the tolerance; stored states help, and replay does not need them."""

    def error(kind, tol):
        solver = RungeKuttaSolver(rtol=tol, atol=tol, max_steps=500, gradient=kind)

        @tf.function(autograph=False)
        def slope(theta):
            with tf.GradientTape() as tape:
                tape.watch(theta)
                f = lambda t, u, theta: tf.stack([-5 * u[0], theta * u[0] ** 2])  # noqa: E731
                end = solver.solve(f, 0.0, tf.constant([1.0, 0.0], tf.float64), [5.0], constants={"theta": theta})
                value = end.states[0, 1]
            return tape.gradient(value, theta)

        return abs(float(slope(tf.constant(1.0, tf.float64))) / 0.1 - 1)

    assert error("replay", 1e-5) < 1e-4
    assert not error("tfp", 1e-5) < 0.5
    for tol in (1e-3, 1e-5):
        assert not error("backsolve", tol) < 0.5
    assert error(Backsolve(checkpoints=25), 1e-5) < 1e-3


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("backsolve", "eager"),
        ("backsolve", "xla"),
        ("tfp", "graph"),
        (Backsolve(1e-9, 1e-9, 300, checkpoints=3), "graph"),
        (Backsolve(1e-9, 1e-9, 300, checkpoints=3), "xla"),
    ],
)
def test_adjoints_on_a_benign_problem(kind, mode):
    loss, weight, inputs = frozen_problem()
    exact, adjoint = (RungeKuttaSolver(rtol=1e-9, atol=1e-9, max_steps=300, gradient=g) for g in ("replay", kind))
    expected = gradient(loss, exact, weight, inputs)
    if kind == "tfp":
        _, _, t0, times = inputs
        with pytest.raises(ValueError, match="times"):
            run(lambda *a: gradient(loss, adjoint, weight, a), mode, *inputs)
        numbers = float(t0), times.numpy().tolist()
        moved = lambda solver, u0, c: loss(solver, u0, c, *numbers)  # noqa: E731
        received = run(lambda *a: gradient(moved, adjoint, weight, a), mode, *inputs[:2])
        expected = [*expected[:2], expected[-1]]
    else:
        received = run(lambda *a: gradient(loss, adjoint, weight, a), mode, *inputs)
    for a, b in zip(received, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def nan_field(t, u):
    return u * np.nan


def later_nan(t, u):
    return tf.where(t > 0.5, tf.cast(np.nan, u.dtype), 1.0) * u


def square(t, u):
    return u**2


def jump(t, u):
    return tf.ones_like(u) * tf.where(t > 1 / 3, tf.constant(1e20), 1.0)


FAILURES = {
    "nan": (nan_field, 64, Status.NOT_FINITE),
    "nan later": (later_nan, 64, Status.NOT_FINITE),
    "blow-up": (square, 64, Status.TOO_MANY_STEPS),
    "underflow": (jump, 500, Status.STEP_TOO_SMALL),
    "too many": (gaussian, 1, Status.TOO_MANY_STEPS),
}


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["graph", "xla"])
@pytest.mark.parametrize("case", FAILURES)
def test_failures_end_with_a_status(case, mode):
    f, most, status = FAILURES[case]
    solver = RungeKuttaSolver(rtol=1e-6, max_steps=most)
    results = run(lambda: solver.solve(f, 0.0, tf.constant([1.0, 2.0]), [0.25, 2.0]), mode)
    assert Status(int(results.diagnostics.status)) == status
    assert not results.diagnostics.success
    assert np.isnan(results.states[1]).all()
    assert np.isfinite(results.states[0]).all() == (case not in ("nan", "too many"))


@pytest.mark.parametrize("case", FAILURES)
def test_odeint_raises_on_failure(case):
    f, most, status = FAILURES[case]
    with pytest.raises(tf.errors.InvalidArgumentError, match=status.name):
        zoo.odeint(f, tf.constant([1.0, 2.0]), [0.0, 0.25, 2.0], rtol=1e-6, max_steps=most)


@pytest.mark.slow
@pytest.mark.parametrize(("start", "times"), [(0.1, [0.3, 0.7, 1.3]), (1.3, [0.7, 0.3, 0.1]), (0.1, [0.1, 0.3])])
@pytest.mark.parametrize("dtype", [tf.float32, tf.float64])
def test_f_is_called_nowhere_outside(start, times, dtype):
    called = []

    def f(t, u):
        tf.py_function(lambda t: called.append(float(t)), [t], [])
        return -u

    with_calls = RungeKuttaSolver(rtol=1e-5)
    states = with_calls.solve(f, start, tf.constant([2.0], dtype), times).states
    ends = np.asarray([start, times[-1]], dtype.as_numpy_dtype)
    assert min(called) == ends.min()
    assert max(called) == ends.max()
    np.testing.assert_allclose(states[:, 0], 2 * np.exp(start - np.asarray(times)), rtol=1e-4)


@pytest.mark.slow
def test_counts_are_those_of_f():
    called = []

    def f(t, u):
        tf.py_function(lambda: called.append(1), [], [])
        return -u

    for solver in (
        RungeKuttaSolver(),
        RungeKuttaSolver("bosh3"),
        RungeKuttaSolver("heun"),
        RungeKuttaSolver("rk4", steps=3),
    ):
        called.clear()
        diagnostics = solver.solve(f, 0.0, tf.constant([1.0]), [0.5, 1.0]).diagnostics
        assert int(diagnostics.num_ode_fn_evaluations) == len(called)


@pytest.mark.slow
def test_agrees_with_tfp_on_a_nested_state():
    def f(t, u):
        return {"a": -u["b"] * t, "b": tf.reduce_sum(u["a"]) - u["b"]}

    u0 = {"a": tf.constant([1.0, 2.0], tf.float64), "b": tf.constant([0.5, -0.5], tf.float64)}
    ours = RungeKuttaSolver(rtol=1e-9, atol=1e-9).solve(f, 0.0, u0, [0.5, 1.0]).states
    tfps = tfp.math.ode.DormandPrince(rtol=1e-9, atol=1e-9).solve(f, 0.0, u0, [0.5, 1.0]).states
    for key in u0:
        np.testing.assert_allclose(ours[key], tfps[key], rtol=1e-6)


@pytest.mark.slow
def test_goes_on_from_where_a_solve_ended():
    solver, u0 = RungeKuttaSolver(), tf.constant([1.0])
    size = Memory(0.1, 1.0)
    first = solver.solve(gaussian, 0.25, u0, [1.0], previous_solver_internal_state=size)
    second = solver.solve(
        gaussian, 1.0, first.states[0], [1.5], previous_solver_internal_state=first.solver_internal_state
    )
    whole = solver.solve(gaussian, 0.25, u0, [1.0, 1.5], previous_solver_internal_state=size)
    np.testing.assert_array_equal(second.states[-1], whole.states[-1])


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["graph", "xla"])
@pytest.mark.parametrize("kind", ["replay", "direct"])
def test_many_times(kind, mode):
    """u' = −2tu from 1 at fifty times: the loss Σ tᵢ² u(tᵢ) c has the gradient tᵢ² exp(−tᵢ²) by time, c."""
    solver = RungeKuttaSolver("tsit5", rtol=1e-8, atol=1e-8, gradient=kind)
    times = tf.constant(np.linspace(0.02, 1, 50))

    def slopes(times):
        u0 = tf.ones([1], tf.float64)
        with tf.GradientTape() as tape:
            tape.watch([u0, times])
            results = solver.solve(gaussian, 0.0, u0, times)
            loss = tf.reduce_sum(results.states[:, 0] * tf.range(50.0, dtype=tf.float64))
        return results.states[:, 0], *tape.gradient(loss, [u0, times])

    signature = None if mode == "xla" else [tf.TensorSpec([None], tf.float64)]
    states, d_u0, d_times = tf.function(slopes, signature, jit_compile=mode == "xla", autograph=False)(times)
    expected, places = np.exp(-(times.numpy() ** 2)), np.arange(50)
    np.testing.assert_allclose(states, expected, rtol=1e-6)
    np.testing.assert_allclose(d_u0, [np.sum(places * expected)], rtol=1e-6)
    np.testing.assert_allclose(d_times, -2 * times * expected * places, rtol=1e-5, atol=1e-5)


@pytest.mark.slow
def test_plugs_into_ffjord():
    bijector = tfp.bijectors.FFJORD(
        lambda t, x: tf.sin(x),
        ode_solve_fn=RungeKuttaSolver(rtol=1e-5).solve,
        trace_augmentation_fn=tfp.bijectors.ffjord.trace_jacobian_exact,
    )
    x = tf.constant([[0.3], [1.2]])
    np.testing.assert_allclose(bijector.inverse(bijector.forward(x) + 0.0), x, atol=1e-4)


@pytest.mark.slow
def test_learns_the_end():
    """u' = 1 from 0: the end time is the state there."""
    end = tf.Variable(0.5)
    solver = RungeKuttaSolver()

    @tf.function(autograph=False)
    def slope():
        with tf.GradientTape() as tape:
            loss = (solver.solve(lambda t, u: tf.ones_like(u), 0.0, tf.zeros([1]), [end]).states[0, 0] - 2) ** 2
        return tape.gradient(loss, end)

    for _ in range(50):
        end.assign_sub(0.2 * slope())
    assert float(end) == pytest.approx(2, abs=1e-4)


@pytest.mark.slow
def test_second_derivatives():
    def twice(kind):
        x = tf.constant([1.0], tf.float64)
        solver = RungeKuttaSolver("rk4", steps=20, gradient=kind)
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = solver.solve(square, 0.0, x, [0.5]).states
            first = inner.gradient(y, x)
        return outer.gradient(first, x)

    # u(t) = x / (1 − x t): ∂²u/∂x² = 2t / (1 − x t)³
    np.testing.assert_allclose(run(lambda: twice("direct"), "graph"), [8.0], rtol=1e-3)
    for kind in ("replay", "backsolve", "tfp"):
        for mode in ("eager", "graph"):
            with pytest.raises(NotImplementedError, match="direct"):
                run(lambda kind=kind: twice(kind), mode)


@pytest.mark.slow
def test_second_derivatives_of_weights_are_refused_by_the_adjoint_of_tfp():
    """Of a loss that is linear in the state, where only the adjoint depends on the weight."""
    weight = tf.Variable([2.0], dtype=tf.float64)
    solver = RungeKuttaSolver(gradient="tfp")
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            loss = tf.reduce_sum(solver.solve(lambda t, u: weight * u, 0.0, tf.ones([1], tf.float64), [0.5]).states)
        first = inner.gradient(loss, weight)
        np.testing.assert_allclose(first, 0.5 * np.exp([1.0]), rtol=1e-3)
    with pytest.raises(NotImplementedError, match="direct"):
        outer.gradient(first, weight)


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["graph", "xla"])
def test_samples_with_steps_of_their_own(mode):
    """Gentle and wild samples: none changes the steps of another."""
    rates = tf.constant([[0.1], [30.0], [3.0], [1.0]])

    @tf.function(jit_compile=mode == "xla", autograph=False)
    def solve(u0, rates):
        solver = RungeKuttaSolver(rtol=1e-5, per_sample=True, gradient="direct")

        def f(t, u, rates):
            assert t.shape.rank == u.shape.rank
            return rates * (tf.cos(rates * t) + 0 * u)

        with tf.GradientTape() as tape:
            tape.watch([u0, rates])
            results = solver.solve(f, 0.0, u0, [0.5, 1.0], constants={"rates": rates})
            loss = tf.reduce_sum(results.states[-1])
        return results.states, results.diagnostics, tape.gradient(loss, [u0, rates])

    u0 = tf.zeros([4, 1])
    states, counts, (d_u0, d_rates) = solve(u0, rates)
    np.testing.assert_allclose(states, np.sin(rates * np.array([0.5, 1.0])[:, None, None]), atol=3e-4)
    np.testing.assert_allclose(d_u0, np.ones([4, 1]))
    np.testing.assert_allclose(d_rates, np.cos(rates), atol=3e-3)
    assert counts.num_accepted[1] > 3 * max(counts.num_accepted[0], *counts.num_accepted[2:])
    alone, few, _ = solve(u0, tf.gather(rates, [2, 2, 2, 2]))
    np.testing.assert_array_equal(alone[:, 0], states[:, 2])
    assert few.num_accepted[0] == counts.num_accepted[2]
    assert few.num_rejected[0] == counts.num_rejected[2]
    bad, bad_counts, _ = solve(u0, tf.constant([[np.nan], [30.0], [3.0], [1.0]]))
    np.testing.assert_array_equal(bad[:, 1:], states[:, 1:])
    assert np.isnan(bad[:, 0]).all()
    assert list(bad_counts.status) == [Status.NOT_FINITE, 0, 0, 0]


def test_what_the_solver_is_made_of_is_chosen_once():
    assert RungeKuttaSolver("rk4", steps=3).march == Grid(TABLEAUS["rk4"], 3)
    assert RungeKuttaSolver("dopri5", steps=3).march == Grid(TABLEAUS["dopri5"], 3)
    adaptive = RungeKuttaSolver(rtol=1e-4, max_steps=7).march
    assert adaptive == Adaptive(TABLEAUS["dopri5"], 1e-4, 1e-6, 7)
    adjusted = adaptive.adjusted(atol=1e-2, controlled=1)
    assert adjusted == Adaptive(TABLEAUS["dopri5"], 1e-4, 1e-2, 7, controlled=1)
    for name, gradient in GRADIENTS.items():
        assert RungeKuttaSolver(gradient=name).backward is gradient
        if name != "direct":
            with pytest.raises(ValueError, match="per_sample"):
                RungeKuttaSolver(gradient=name, per_sample=True)


@pytest.mark.parametrize("gradient", [*GRADIENTS, Backsolve(atol=1e-3, checkpoints=2)])
def test_a_solver_comes_back_from_its_configuration(gradient):
    for options in ({}, {"tableau": "rk4", "steps": 2}, {"per_sample": True} if gradient == "direct" else {}):
        config = RungeKuttaSolver(gradient=gradient, rtol=1e-2, max_steps=9, **options).get_config()
        assert set(config) == set(inspect.signature(RungeKuttaSolver).parameters)
        again = RungeKuttaSolver.from_config(config)
        assert again.get_config() == config
        assert again.gradient == gradient


def test_bad_input():
    solver, u0 = RungeKuttaSolver(), tf.constant([1.0])
    for times in ([1.0, 0.5], [0.5, 0.5], [1.0, 1.0]):
        with pytest.raises(ValueError, match="strictly"):
            solver.solve(gaussian, 0.0, u0, times)
    with pytest.raises(ValueError, match="strictly"):
        solver.solve(gaussian, 0.7, u0, [0.5, 1.0])
    with pytest.raises(ValueError, match="shape"):
        solver.solve(lambda t, u: tf.concat([u, u], 0), 0.0, u0, [1.0])
    with pytest.raises(ValueError, match="dtype"):
        solver.solve(lambda t, u: tf.cast(u, tf.float64), 0.0, u0, [1.0])
    with pytest.raises(ValueError, match="structure"):
        solver.solve(lambda t, u: (u, u), 0.0, u0, [1.0])
    with pytest.raises(TypeError, match="half"):
        solver.solve(gaussian, 0.0, tf.cast(u0, tf.float16), [1.0])
    with pytest.raises(ValueError, match="dopri5"):
        RungeKuttaSolver("dopri")
    with pytest.raises(ValueError, match="steps=N"):
        RungeKuttaSolver("rk4")
    for name in ("rtol", "atol"):
        with pytest.raises(ValueError, match=name):
            RungeKuttaSolver(**{name: 0.0})


@pytest.mark.parametrize("mode", ["eager", "graph"])
def test_a_captured_watched_tensor_is_refused(mode):
    def captured():
        c = tf.constant(2.0)
        with tf.GradientTape() as tape:
            tape.watch(c)
            doubled = 2 * c
            return RungeKuttaSolver().solve(lambda t, u: doubled * u, 0.0, tf.constant([1.0]), [1.0])

    with pytest.raises(ValueError, match="constants="):
        run(captured, mode)


@pytest.mark.slow
def test_odeint_gives_all_times():
    states = zoo.odeint(lambda t, u: -u, tf.constant([1.0]), [0.0, 0.5, 1.0], rtol=1e-6)
    np.testing.assert_allclose(states[:, 0], np.exp([0.0, -0.5, -1.0]), rtol=1e-5)
