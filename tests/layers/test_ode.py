"""The ODE layer: gradients, failures, counts, losses, solver objects, files."""

import concurrent.futures
import subprocess
import sys
import threading

import keras
import numpy as np
import onnxruntime
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
from descriptors import ExactTime, dense, grouped, normed

from zoo import layers
from zoo.solvers import Backsolve, RungeKuttaSolver, Status


@keras.saving.register_keras_serializable(package="tests")
class Field(keras.layers.Layer):
    """f(t, u) = function(t, u, training), whose calls are noted."""

    def __init__(self, function, **kwargs):
        super().__init__(**kwargs)
        self.function, self.seen = function, []
        self.built = True

    def call(self, t, u, training=None):
        self.seen.append((t.dtype, u.dtype, training))
        return self.function(t, u, training)

    def compute_output_shape(self, t_shape, u_shape):
        return u_shape


def batch(shape=(4,), count=3, seed=0):
    return np.random.default_rng(seed).normal(size=(count, *shape)).astype("float32")


def of(layer):
    """The layer, with weights before and after it."""
    same = keras.layers.Dense(4, use_bias=False, kernel_initializer="identity")
    return keras.Sequential([keras.Input((4,)), same, layer, keras.layers.Dense(1)])


def trained(model, x, **options):
    """The history of one step."""
    model.compile(keras.optimizers.SGD(0.01), "mse", **options)
    return model.fit(x, np.ones((len(x), 1)), batch_size=len(x), verbose=0).history


def slopes(layer, x, training=True):
    """Loss and gradients of the input and of the weights."""
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.reduce_sum(tf.sin(layer(x, training=training)))
    return tape.gradient(loss, [x, *layer.trainable_variables])


@pytest.mark.slow
def test_follows_the_flow_to_every_time():
    rotation = Field(lambda t, u, _: tf.stack([u[:, 1], -u[:, 0]], 1) * 2 * t)
    x, times = batch((2,)), [0.5, 1.0, 1.5]
    states = layers.ODE(rotation, times=times, rtol=1e-6, atol=1e-6, solver="tsit5")(x)
    assert states.shape == (3, 3, 2)
    for i, time in enumerate(times):
        c, s = np.cos(time**2), np.sin(time**2)
        np.testing.assert_allclose(states[:, i], x @ [[c, -s], [s, c]], atol=1e-5)
    back = layers.ODE(rotation, 1.5, 0.0, rtol=1e-6, atol=1e-6)(states[:, -1])
    np.testing.assert_allclose(back, x, atol=1e-5)
    np.testing.assert_array_equal(layers.ODE(rotation, 0.3, 0.3)(x), x)


@pytest.mark.slow
@pytest.mark.parametrize("gradient", ["replay", "direct", "backsolve", "tfp", Backsolve(1e-8, 1e-8, 200)])
def test_gradients_of_every_kind(gradient):
    f, x = ExactTime(dtype="float64"), batch().astype("float64")
    exact = layers.ODE(f, solver="rk4", steps=60, gradient="direct", dtype="float64")
    layer = layers.ODE(f, rtol=1e-8, atol=1e-8, max_steps=200, gradient=gradient, dtype="float64")
    for a, b in zip(slopes(layer, x), slopes(exact, x), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("gradient", ["replay", "backsolve"])
def test_the_backward_pass_sees_the_same_training_flag(gradient):
    def function(t, u, training):
        return -u if training else u

    field = Field(function)
    layer = layers.ODE(field, gradient=gradient, rtol=1e-6, atol=1e-6)
    for training, expected in ((True, np.exp(-1)), (False, np.exp(1))):
        field.seen.clear()
        x = tf.constant(batch())
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(layer(x, training=training))
        np.testing.assert_allclose(tape.gradient(loss, x), np.full(x.shape, expected), rtol=1e-4)
        assert {seen for *_, seen in field.seen} == {training}


@pytest.mark.slow
def test_weights_frozen_after_the_first_call_and_freed_again():
    layer, x = layers.ODE(dense()), batch()
    assert len(slopes(layer, x)) == 3
    layer.f.trainable = False
    assert len(slopes(layer, x)) == 1
    layer.f.trainable = True
    assert all(slope is not None for slope in slopes(layer, x))


def test_time_and_state_are_never_in_half_precision():
    field = Field(lambda t, u, _: 0 * u + tf.cast(t, u.dtype), dtype="float32")
    layer = layers.ODE(field, 1000.0, 1001.0, solver="rk4", steps=8, dtype="float16")
    y = layer(np.zeros((1, 4), "float16"))
    assert {seen[:2] for seen in field.seen} == {(tf.float32, tf.float32)}
    assert y.dtype == tf.float16
    np.testing.assert_allclose(y, 1000.5)


@pytest.mark.slow
@pytest.mark.parametrize("mode", [{"jit_compile": False}, {"jit_compile": True}, {"run_eagerly": True}])
def test_counts_in_the_history_are_those_of_f(mode):
    calls = tf.Variable(0, trainable=False)

    def function(t, u, _):
        calls.assign_add(1)
        return -2 * t * u

    layer = layers.ODE(Field(function), rtol=1e-5, atol=1e-5, name="ode")
    history = trained(of(layer), batch(), **mode)
    forward = layer.integrate(batch(), training=True)
    assert history["ode_nfe"] == [int(forward.evaluations)]
    assert history["ode_rejected"] == [int(forward.rejected)]
    assert history["ode_failures"] == [0]
    # dopri5: two evaluations before the first step, then six a step; backward six for each accepted step
    assert history["ode_nfe_backward"] == [int(forward.evaluations) - 2 - 6 * int(forward.rejected)]
    calls.assign(0)
    layer.integrate(batch())
    assert int(calls) == int(forward.evaluations)
    val = layer.figures["nfe"]
    val.reset_state()
    assert np.isnan(val.result())


@pytest.mark.slow
@pytest.mark.parametrize("mode", [{"jit_compile": False}, {"jit_compile": True}])
@pytest.mark.parametrize("case", ["not a number", "blow-up"])
def test_fit_ends_when_the_field_fails(case, mode):
    fields = {"not a number": lambda t, u, _: u * float("nan"), "blow-up": lambda t, u, _: u**2 + 1}
    layer = layers.ODE(Field(fields[case]), t1=4.0, name="ode")
    history = trained(of(layer), batch(), **mode)
    assert history["ode_failures"] == [1]
    assert np.isnan(history["loss"][0])


def test_a_failure_raises_if_wanted():
    layer = layers.ODE(Field(lambda t, u, _: u * float("nan")), on_failure="raise")
    with pytest.raises(tf.errors.InvalidArgumentError, match="NOT_FINITE"):
        layer(batch())


@pytest.mark.slow
def test_losses_of_kinetic_energy_and_jacobian():
    """f = −a u with a of each channel: mean (εᵀ ∂f/∂u)² = mean a², whatever the signs ε are."""
    a = np.array([0.5, 1.0, 1.5, 2.0], "float32")
    field = Field(lambda t, u, _: -a * u)
    layer = layers.ODE(field, t1=0.7, rtol=1e-6, atol=1e-6, kinetic=0.1, jacobian=0.01)
    x = batch()
    layer(x, training=True)
    kinetic = np.mean(a * x**2 * (1 - np.exp(-2 * a * 0.7)) / 4)  # ½ ∫ (a x exp(−a t))² dt
    np.testing.assert_allclose(layer.losses, [0.1 * kinetic, 0.01 * 0.7 * np.mean(a**2)], rtol=1e-4)
    plain = layers.ODE(field, t1=0.7, rtol=1e-6, atol=1e-6).integrate(x)
    regularised = layer.integrate(x, training=True)
    assert int(plain.evaluations) == int(regularised.evaluations)  # the integrals do not steer the steps
    layer(x)
    assert layer.losses == []
    backward = layers.ODE(field, t1=-0.7, rtol=1e-6, atol=1e-6, jacobian=0.01)
    backward(x, training=True)
    np.testing.assert_allclose(backward.losses, [0.01 * 0.7 * np.mean(a**2)], rtol=1e-4)


@pytest.mark.parametrize("gradient", ["replay", "direct"])
def test_losses_reach_the_weights(gradient):
    f, x = dense(), batch()
    layer = layers.ODE(f, solver="heun", steps=4, kinetic=1.0, jacobian=1.0, seed=3, gradient=gradient)
    f.build((None, 4))

    def loss():
        layer.seed_generator.state.assign([3, 0])
        layer(x, training=True)
        return tf.add_n(layer.losses)

    with tf.GradientTape() as tape:
        value = loss()
    slope = tape.gradient(value, f.kernel)
    direction, start = np.ones_like(slope), f.kernel.numpy()
    shifted = []
    for sign in (1, -1):
        f.kernel.assign(start + sign * 1e-2 * direction)
        shifted.append(float(loss()))
    assert float(np.sum(slope * direction)) == pytest.approx((shifted[0] - shifted[1]) / 2e-2, rel=1e-2)


def test_augmented_channels_start_at_zero_and_stay_inside():
    widths = []

    def function(t, u, _):
        widths.append(u.shape[-1])
        return tf.concat([u[:, 4:], tf.ones_like(u[:, :4])], 1)  # the augmented half drives the other

    y = layers.ODE(Field(function), augment=4, rtol=1e-6)(batch())
    assert set(widths) == {8}
    np.testing.assert_allclose(y, batch() + 0.5, rtol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["graph", "xla"])
def test_mates_do_not_change_a_sample(mode):
    field = Field(lambda t, u, _: tf.sin(10 * u * u[:, :1]))
    layer = layers.ODE(field, per_sample=True, rtol=1e-4, atol=1e-4)
    solve = tf.function(layer, jit_compile=mode == "xla", autograph=False)
    x, others = batch(count=4), 3 * batch(count=4, seed=1)
    mixed = np.concatenate([x[:2], others[2:]])
    np.testing.assert_array_equal(solve(x)[:2], solve(mixed)[:2])
    np.testing.assert_allclose(solve(x)[:1], solve(x[:1]), atol=1e-6)
    together = layers.ODE(field, rtol=1e-4, atol=1e-4)
    assert np.any(together(x)[:2] != together(mixed)[:2])


@pytest.mark.parametrize("f", [normed, lambda: keras.Sequential([dense(), keras.layers.Dropout(0.5)])])
def test_a_field_with_a_state_is_refused_in_training(f):
    layer, x = layers.ODE(f()), batch()
    assert np.isfinite(layer(x)).all()
    with pytest.raises(ValueError, match="GroupNormalization"):
        layer(x, training=True)
    layer.f.trainable = False
    if any(isinstance(part, keras.layers.BatchNormalization) for part in layer.f.layers):
        assert np.isfinite(layer(x, training=True)).all()  # frozen, it is a fixed function


def test_a_field_that_adds_losses_is_refused():
    layer = layers.ODE(keras.layers.Dense(4, activity_regularizer="l2"))
    with pytest.raises(ValueError, match="kinetic="):
        layer(batch(), training=True)


SOLVERS = {
    "DormandPrince": lambda: tfp.math.ode.DormandPrince(rtol=1e-5, atol=1e-5, max_num_steps=1000),
    "BDF": lambda: tfp.math.ode.BDF(rtol=1e-6, make_adjoint_solver_fn=lambda: tfp.math.ode.DormandPrince(rtol=1e-6)),
    "RungeKuttaSolver": lambda: RungeKuttaSolver("tsit5", rtol=1e-5, gradient=Backsolve(checkpoints=2)),
    "TFP's adjoint": lambda: RungeKuttaSolver("tsit5", rtol=1e-5, gradient="tfp"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SOLVERS)
def test_solver_objects(name, tmp_path):
    f, x = dense(), batch()
    layer = layers.ODE(f, solver=SOLVERS[name]())
    exact = layers.ODE(f, rtol=1e-6, atol=1e-6)
    for a, b in zip(slopes(layer, x), slopes(exact, x), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-2, atol=1e-3)
    model = of(layer)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded(x), model(x))
    assert loaded.layers[1].get_config()["solver"] == layer.get_config()["solver"]
    assert trained(model, x)["loss"][0] > 0


def test_solver_objects_that_do_not_fit(tmp_path):
    class Own(tfp.math.ode.DormandPrince):
        pass

    with pytest.raises(ValueError, match="cannot be saved"):
        of(layers.ODE(dense(), solver=Own())).save(tmp_path / "model.keras")
    with pytest.raises(ValueError, match="parameters are numbers"):
        layers.ODE(dense(), solver=tfp.math.ode.BDF(rtol=tf.constant(1e-3))).get_config()
    layer = layers.ODE(dense(), solver=SOLVERS["DormandPrince"]())
    with pytest.raises(ValueError, match="hang"):
        tf.function(layer, jit_compile=True, autograph=False)(batch())
    assert not layer.supports_jit  # so fit leaves XLA off, with a warning if it is asked for
    with pytest.raises(ValueError, match="gradient=None"):
        layers.ODE(dense(), solver=SOLVERS["BDF"](), gradient="replay")
    with pytest.raises(TypeError, match=r"tfp.math.ode.Solver"):
        layers.ODE(dense(), solver=5)


@pytest.mark.slow
def test_stiff_oscillator_by_bdf():
    """Van der Pol, μ = 1000: on the slow manifold u' = u / (μ (1 − u²)), so ln u − u²/2 = ln 2 − 2 + t/μ."""
    van_der_pol = Field(lambda t, u, _: tf.stack([u[:, 1], 1000 * (1 - u[:, 0] ** 2) * u[:, 1] - u[:, 0]], 1))
    solver = tfp.math.ode.BDF(rtol=1e-6, atol=1e-8)
    u = float(layers.ODE(van_der_pol, t1=200.0, solver=solver, dtype="float64")(np.array([[2.0, 0.0]]))[0, 0])
    assert np.log(u) - u**2 / 2 == pytest.approx(np.log(2) - 2 + 0.2, abs=1e-3)
    explicit = layers.ODE(van_der_pol, t1=200.0, dtype="float64").integrate(np.array([[2.0, 0.0]]))
    assert int(explicit.status) == Status.TOO_MANY_STEPS  # and it says so


@pytest.mark.slow
def test_loads_after_import_of_the_layers_alone(tmp_path):
    model = of(layers.ODE(dense(), gradient="backsolve", name="ode"))
    model.save(tmp_path / "model.keras")
    np.save(tmp_path / "y.npy", model(batch()))
    np.save(tmp_path / "x.npy", batch())
    script = (
        "import sys, keras, numpy as np, zoo.layers\n"
        "assert 'tensorflow_probability' not in sys.modules\n"
        "model = keras.models.load_model('model.keras')\n"
        "np.testing.assert_allclose(model(np.load('x.npy')), np.load('y.npy'), rtol=1e-6)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_saved_model_has_a_gradient(tmp_path):
    model, x = of(layers.ODE(dense())), batch()
    module = tf.Module()
    module.variables_ = model.variables

    @tf.function(input_signature=[tf.TensorSpec((None, 4), "float32")])
    def slope(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = model(x, training=False)
        return tape.gradient(y, x)

    module.slope = slope
    options = tf.saved_model.SaveOptions(experimental_custom_gradients=False)
    tf.saved_model.save(module, str(tmp_path), options=options)
    loaded = tf.saved_model.load(str(tmp_path))
    np.testing.assert_allclose(loaded.slope(x), slope(x), rtol=1e-5)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of the converters
def test_a_fixed_grid_converts_to_litert_and_onnx(tmp_path):
    model, x = of(layers.ODE(dense(), solver="rk4", steps=4)), batch()
    model.export(str(tmp_path / "m.tflite"), format="litert", verbose=False)
    lite = tf.lite.Interpreter(str(tmp_path / "m.tflite"))
    place = lite.get_input_details()[0]["index"]
    lite.resize_tensor_input(place, x.shape)
    lite.allocate_tensors()
    lite.set_tensor(place, x)
    lite.invoke()
    np.testing.assert_allclose(lite.get_tensor(lite.get_output_details()[0]["index"]), model(x), rtol=1e-5)
    model.export(str(tmp_path / "m.onnx"), format="onnx", verbose=False)
    session = onnxruntime.InferenceSession(str(tmp_path / "m.onnx"))
    np.testing.assert_allclose(session.run(None, {session.get_inputs()[0].name: x})[0], model(x), rtol=1e-5)


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"solver": "dopri"}, "dopri5"),
        ({"solver": "rk4"}, "steps=N"),
        ({"rtol": 0.0}, "rtol"),
        ({"atol": -1.0}, "atol"),
        ({"max_steps": 0}, "max_steps"),
        ({"steps": 0}, "steps"),
        ({"gradient": "adjoint"}, "backsolve"),
        ({"per_sample": True, "gradient": "replay"}, "direct"),
        ({"times": [0.5, 0.5]}, "strictly"),
        ({"times": [0.5, 0.2]}, "strictly"),
        ({"augment": -1}, "augment"),
        ({"t1": float("inf")}, "t1"),
        ({"on_failure": "ignore"}, "on_failure"),
    ],
)
def test_bad_arguments(arguments, match):
    with pytest.raises(ValueError, match=match):
        layers.ODE(dense(), **arguments)


@pytest.mark.slow
def test_bad_fields():
    with pytest.raises(TypeError, match="keras.layers.Layer"):
        layers.ODE(lambda u: u)
    with pytest.raises(ValueError, match="shape"):
        layers.ODE(keras.layers.Dense(3))(batch())
    with pytest.raises(ValueError, match="shape"):
        layers.ODE(dense(), augment=1)(batch())
    assert layers.ODE(grouped())(batch((8, 8, 4))).shape == (3, 8, 8, 4)


@pytest.mark.slow
def test_six_threads_that_call_it_first_get_the_same_answer():
    u = np.ones((2, 4), "float32")
    for _ in range(3):
        flow = layers.ODE(keras.Sequential([keras.layers.Dense(8, "tanh"), keras.layers.Dense(4)]))
        together = threading.Barrier(6)

        def call(flow=flow, together=together):
            together.wait()
            return np.asarray(flow(u))

        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            answers = [future.result() for future in [pool.submit(call) for _ in range(6)]]
        assert len(flow.weights) == 4
        for answer in answers:
            np.testing.assert_array_equal(answer, flow(u))


@pytest.mark.slow
def test_a_second_derivative_through_a_solver_of_tfp_is_refused():
    flow = layers.ODE(keras.layers.Dense(1, use_bias=False), solver=tfp.math.ode.DormandPrince())
    flow.build((1, 1))

    @tf.function(autograph=False)
    def twice(u):
        with tf.GradientTape() as outer:
            outer.watch(u)
            with tf.GradientTape() as inner:
                inner.watch(u)
                value = flow(u)
            first = inner.gradient(value, u)
        return outer.gradient(first, u)

    with pytest.raises(NotImplementedError, match="direct"):
        twice(tf.ones((1, 1)))
