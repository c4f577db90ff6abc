"""A solve that fails says where it ended, why, and what to do; ordinary problems do not meet the bound of the work."""

import keras
import numpy as np
import pytest
import scipy.integrate
import tensorflow as tf

import zoo
from zoo import applications, layers
from zoo.solvers import RungeKuttaSolver, Status


def at_1(t, u):
    """u' = u until t = 1, and nothing from there on."""
    return tf.where(t < 1, u, u / 0)


def jagged(t, u):
    return tf.sign(tf.sin(1 / (t - 0.5))) * u / abs(t - 0.5)


@pytest.mark.parametrize(
    ("f", "times", "options", "words"),
    [
        (at_1, [0.0, 2.0], {}, r"from t = 0 to 2 ended at t = 1. NOT_FINITE: .*Mend f"),
        (jagged, [0.0, 1.0], {}, r"ended at t = 0\.(49\d*|5)\. STEP_TOO_SMALL: .*Loosen rtol and atol"),
        (lambda t, u: -u, [0.0, 50.0], {"max_steps": 5}, r"TOO_MANY_STEPS: max_steps=5 attempts.*Raise max_steps="),
        (lambda t, u: u / 0, [0.0, 1.0], {"steps": 2}, r"ended at t = 1. NOT_FINITE"),
    ],
    ids=["not finite", "too small", "too many", "a grid"],
)
@pytest.mark.parametrize("graph", [False, True])
def test_odeint_says_where_why_and_what_to_do(f, times, options, words, graph):
    def solve(u):
        return zoo.odeint(f, u, times, **options)

    with pytest.raises(tf.errors.InvalidArgumentError, match=words):
        (tf.function(solve) if graph else solve)(tf.constant([1.0, 2.0]))


@pytest.mark.parametrize("per_sample", [False, True])
def test_a_layer_says_it_on_stderr_in_inference(capfd, per_sample):
    flow = layers.ODE(keras.layers.Rescaling(-3.0), max_steps=2, rtol=1e-7, atol=1e-7, per_sample=per_sample)
    assert np.isnan(flow(np.ones((2, 3), "float32"))).all()
    line = capfd.readouterr().err
    assert ("Sample 0: the solve" in line) is per_sample
    assert "max_steps=2 attempts were not enough" in line
    flow(np.ones((2, 3), "float32"), training=True)
    assert "solve" not in capfd.readouterr().err, "fit reports the number of failures"


@pytest.mark.slow
def test_tight_tolerances_are_met_and_a_bound_can_be_set(capfd):
    images = np.random.default_rng(0).integers(0, 256, (2, 28, 28, 1))
    tight, bounded = (
        applications.ODENetMNIST(weights=None, filters=8, rtol=1e-7, atol=1e-7, max_steps=most) for most in (None, 3)
    )
    assert np.isfinite(tight.predict(images, verbose=0)).all()
    assert np.isnan(bounded.predict(images, verbose=0)).all()
    assert "max_steps=3 attempts" in capfd.readouterr().err
    with pytest.raises(ValueError, match="max_steps"):
        applications.ODENetMNIST(weights=None, max_steps=0)


@pytest.mark.slow
def test_an_answer_that_is_not_finite_names_no_class(run, tmp_path):
    model = applications.ODENetMNIST(weights=None, filters=8, rtol=1e-7, atol=1e-7, max_steps=3)
    applications.save(model, tmp_path / "net")
    keras.utils.save_img(tmp_path / "a.png", np.zeros((28, 28, 1)))
    code, out, err = run("predict", tmp_path / "a.png", "--model", tmp_path / "net")
    assert (code, out) == (1, "")
    assert "a.png: the network has no answer" in err
    assert "max_steps" in err


def scalar(f):
    return lambda t, u: tf.stack(f(t, tf.unstack(u)))


CHAIN = 10
DETEST_PROBLEMS = {
    "A1": (lambda t, u: -u, [1.0]),
    "A2": (lambda t, u: -(u**3) / 2, [1.0]),
    "A3": (lambda t, u: u * tf.cos(t), [1.0]),
    "A4": (lambda t, u: u / 4 * (1 - u / 20), [1.0]),
    "A5": (lambda t, u: (u - t) / (u + t), [4.0]),
    "B1": (scalar(lambda t, u: [2 * (u[0] - u[0] * u[1]), -(u[1] - u[0] * u[1])]), [1.0, 3.0]),
    "B2": (scalar(lambda t, u: [-u[0] + u[1], u[0] - 2 * u[1] + u[2], u[1] - u[2]]), [2.0, 0.0, 1.0]),
    "B3": (scalar(lambda t, u: [-u[0], u[0] - u[1] ** 2, u[1] ** 2]), [1.0, 0.0, 0.0]),
    "B5": (scalar(lambda t, u: [u[1] * u[2], -u[0] * u[2], -0.51 * u[0] * u[1]]), [0.0, 1.0, 1.0]),
    "C1": (lambda t, u: tf.concat([-u[:1], u[:-2] - u[1:-1], u[-2:-1]], 0), [1.0] + [0.0] * (CHAIN - 1)),
    "D5": (
        scalar(
            lambda t, u: [u[2], u[3], *(-x / (u[0] ** 2 + u[1] ** 2) ** 1.5 for x in u[:2])],
        ),
        [0.1, 0.0, 0.0, (1.9 / 0.1) ** 0.5],
    ),
    "E2": (scalar(lambda t, u: [u[1], (1 - u[0] ** 2) * u[1] - u[0]]), [2.0, 0.0]),
}
"""Some of the problems of Hull, Enright, Fellen and Sedgwick (1972), each on [0, 20]."""


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in ("A3", "D5") else pytest.mark.slow) for name in DETEST_PROBLEMS]
)
def test_detest_at_tight_tolerances(name):
    f, start = DETEST_PROBLEMS[name]
    end = zoo.odeint(f, tf.constant(start, tf.float64), [0.0, 20.0], rtol=1e-9, atol=1e-9)[-1]
    traced = tf.function(f, autograph=False)
    reference = scipy.integrate.solve_ivp(
        lambda t, u: traced(tf.constant(t, tf.float64), tf.constant(u)).numpy(),
        *((0, 20), start),
        method="DOP853",
        rtol=1e-12,
        atol=1e-12,
    )
    np.testing.assert_allclose(end, reference.y[:, -1], rtol=1e-5, atol=1e-6)


def test_under_xla_the_bound_is_small_and_can_be_raised():
    def solve(**options):
        solver = RungeKuttaSolver(rtol=1e-9, atol=1e-9, **options)
        run = tf.function(lambda u: solver.solve(lambda t, u: -u, 0.0, u, [20.0]).diagnostics, jit_compile=True)
        return run(tf.constant([1.0], tf.float64))

    assert solve().status == Status.TOO_MANY_STEPS
    assert solve(max_steps=1000).status == Status.SUCCESS


@pytest.mark.parametrize(("end", "dtype"), [(1e13, tf.float64), (1e9, tf.float32)])
def test_a_first_step_that_is_tiny_beside_a_long_interval(end, dtype):
    """The bound of a step is the rounding of the time, not a fraction of the interval."""
    fast = tf.cast(1e3, dtype)

    def f(t, u):
        return -fast * u * tf.exp(-fast * t)  # u changes within 1e-3 and rests from there on

    results = RungeKuttaSolver(rtol=1e-4, atol=1e-6).solve(f, 0.0, tf.constant([1.0], dtype), [end])
    assert results.diagnostics.status == Status.SUCCESS
    np.testing.assert_allclose(results.states[0], np.exp(-1), rtol=1e-3)


def test_no_step_stands_still():
    """Beside a large time, a step that is too small to move it ends a solve that goes on failing."""
    results = RungeKuttaSolver().solve(lambda t, u: jagged(t - 1e6, u), 1e6, tf.constant([1.0]), [1e6 + 1])
    assert results.diagnostics.status < 0
    assert results.diagnostics.num_accepted + results.diagnostics.num_rejected < 1000


@pytest.mark.parametrize(
    "times", [range(3), (0, 1, 2), np.arange(3), tf.range(3.0)], ids=["range", "tuple", "array", "tensor"]
)
def test_times_in_many_forms(times):
    states = zoo.odeint(lambda t, u: -u, tf.constant([1.0], tf.float64), times, rtol=1e-6)
    np.testing.assert_allclose(states[:, 0], np.exp([0.0, -1.0, -2.0]), rtol=1e-5)


def test_times_of_open_length():
    @tf.function(input_signature=[tf.TensorSpec([None])])
    def solve(times):
        return zoo.odeint(lambda t, u: -u, tf.constant([1.0]), times, rtol=1e-6)

    for count in (2, 4):
        np.testing.assert_allclose(solve(tf.range(float(count)))[:, 0], np.exp(-np.arange(count)), rtol=1e-4)


@pytest.mark.parametrize("times", [[0.0], np.array(0.0), tf.constant([1.0])])
def test_one_time_is_not_enough(times):
    with pytest.raises(ValueError, match="at least two"):
        zoo.odeint(lambda t, u: -u, tf.constant([1.0]), times)
