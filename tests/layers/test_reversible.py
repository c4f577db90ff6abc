"""The reversible run: formula, order, inverse, and a recomputed gradient that equals the plain one."""

import functools
import subprocess
import sys
import weakref

import keras
import numpy as np
import pytest
import tensorflow as tf
from problems import flow, linear_field, random_matrix, slope

from zoo.layers import BatchNormalization, Reversible, StochasticDepth, basic_branch
from zoo.layers.composite import described, restored

HALF = 3


def field(dtype="float32", **dense):
    """A field with batch statistics, random numbers and a smooth nonlinearity on one half of the state."""
    layers = [
        keras.layers.Dense(4, dtype=dtype),
        keras.layers.BatchNormalization(momentum=0.5, dtype=dtype),
        keras.layers.Activation("tanh", dtype=dtype),
        keras.layers.Dropout(0.3, seed=1, dtype=dtype),
        keras.layers.Dense(HALF, dtype=dtype, **dense),
    ]
    return keras.Sequential(layers)


def units_of(number, dtype="float32"):
    keras.utils.set_random_seed(1)
    return [(field(dtype), field(dtype)) for _ in range(number)]


def state(dtype="float32", batch=5, shape=(2 * HALF,)):
    return tf.constant(np.random.default_rng(0).normal(size=(batch, *shape)), dtype)


def plain(units, step_size):
    """The same forward run with ordinary gradients, written independently of the layer."""

    def call(x, training):
        x1, x2 = tf.split(x, 2, axis=-1)
        for f, g in units:
            x1 += step_size * tf.cast(f(x2, training=training), x.dtype)
            x2 += step_size * tf.cast(g(x1, training=training), x.dtype)
        return tf.concat([x1, x2], axis=-1)

    return call


def step(call, x, weights, training=True):
    """Output, gradient of x and gradients of the weights, in training mode."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = call(x, training=training)
        loss = tf.reduce_mean(tf.sin(y) + y**2)
    return [y, *tape.gradient(loss, [x, *weights])]


def compare(got, expected, tolerance):
    """Each tensor's difference over the larger of its own norm and a thousandth of the largest norm: a bias before
    batch normalization has no gradient but rounding."""
    got, expected = ([np.asarray(a, "float64") for a in tensors] for tensors in (got, expected))
    largest = max(map(np.linalg.norm, expected))
    for a, b in zip(got, expected, strict=True):
        assert np.linalg.norm(a - b) <= tolerance * max(np.linalg.norm(b), 1e-3 * largest)


class Both:
    """A Reversible and its plain counterpart, run from the same state of the same variables."""

    def __init__(self, units, step_size=1.0, checkpoint_every=8, dtype="float32", like=None):
        self.layer = Reversible(units, step_size, checkpoint_every, dtype=dtype)
        self.layer.build((None, 2 * HALF) if like is None else like.shape)
        self.plain = plain(units, step_size)
        self.initial = [tf.convert_to_tensor(v) for v in self.layer.variables]

    def step(self, call, x, wrap=lambda f: f):
        """Output, gradients, and what the step made of the variables that are not trained."""
        for variable, value in zip(self.layer.variables, self.initial, strict=True):
            variable.assign(value)
        weights = [v.value for v in self.layer.trainable_variables]
        results = wrap(lambda x: step(call, x, weights))(x)
        return results, [v.numpy() for v in self.layer.non_trainable_variables]

    def agree(self, x, tolerance, wrap=lambda f: f):
        results, after = self.step(self.layer, x, wrap)
        expected, expected_after = self.step(self.plain, x, wrap)
        compare(results, expected, tolerance)
        for a, b in zip(after, expected_after, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


@functools.cache
def plain_step(number, dtype):
    """Plain results, which do not depend on checkpoint_every."""
    both = Both(units_of(number, dtype), 0.3, dtype=dtype)
    return both, both.step(both.plain, state(dtype))


@pytest.mark.slow
@pytest.mark.parametrize("checkpoint_every", [None, 8, 1])
@pytest.mark.parametrize("number", [3, 9, 27])
@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-10), ("float32", 1e-3)])
def test_gradients_and_moving_statistics_are_those_of_plain_backpropagation(number, checkpoint_every, dtype, tolerance):
    both, (expected, expected_after) = plain_step(number, dtype)
    both.layer.checkpoint_every = checkpoint_every
    results, after = both.step(both.layer, state(dtype))
    compare(results, expected, tolerance)
    for a, b in zip(after, expected_after, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5)


def relu_units(number, dtype=None):
    keras.utils.set_random_seed(1)
    make = lambda: keras.layers.Dense(HALF, "relu", dtype=dtype)  # noqa: E731
    return [(make(), make()) for _ in range(number)]


@pytest.mark.parametrize(("checkpoint_every", "exact"), [(None, False), (8, True)])
def test_stored_states_bound_the_error_of_rounding(checkpoint_every, exact):
    """In float32, 27 ReLU units with h = 1 cannot be undone, but 8 of them can."""
    both = Both(relu_units(27), 1.0, checkpoint_every)
    if exact:
        both.agree(state(), 1e-3)
    else:
        with pytest.raises(AssertionError, match="linalg"):
            both.agree(state(), 0.1)


MAP = (6, 6, 4)


def branches(number):
    """Units like RevNet's, with the fused batch normalization, dropped at random."""
    keras.utils.set_random_seed(1)
    make = lambda: keras.Sequential([basic_branch(2), StochasticDepth(0.3, seed=3)])  # noqa: E731
    return [(make(), make()) for _ in range(number)]


@pytest.mark.slow
@pytest.mark.parametrize("compiled", ["eager", "graph", "XLA"])
def test_eager_graph_and_xla_agree_with_plain_backpropagation(compiled):
    wrap = {"eager": lambda f: f, "graph": tf.function, "XLA": functools.partial(tf.function, jit_compile=True)}
    Both(units_of(2), 0.5, 1).agree(state(), 1e-4, wrap[compiled])


@pytest.mark.slow
@pytest.mark.parametrize("wrap", [lambda f: f, tf.function], ids=["eager", "graph"])
def test_units_of_revnet(wrap):
    Both(branches(3), 0.5, 2, like=state(shape=MAP)).agree(state(shape=MAP), 1e-3, wrap)


def test_inference_uses_and_keeps_the_moving_statistics():
    both = Both(branches(2), like=state(shape=MAP))
    for variable in both.layer.non_trainable_variables:
        if variable.path.endswith("moving_mean"):
            variable.assign(variable + 0.5)
    before = [v.numpy() for v in both.layer.non_trainable_variables]
    x = state(shape=MAP)
    weights = [v.value for v in both.layer.trainable_variables]
    compare(step(both.layer, x, weights, False), step(both.plain, x, weights, False), 1e-4)
    np.testing.assert_equal([v.numpy() for v in both.layer.non_trainable_variables], before)


def test_moving_statistics_are_updated_once():
    norm = BatchNormalization(momentum=0.5)
    both = Both([(keras.layers.Dense(2), norm), (keras.layers.Dense(2), keras.layers.Dense(2))], like=state(shape=MAP))
    x = state(shape=MAP)
    both.step(both.layer, x)
    x1, x2 = np.split(x.numpy(), 2, axis=-1)
    y1 = x1 + both.layer.f[0](x2)
    np.testing.assert_allclose(norm.moving_mean, 0.5 * np.mean(y1, axis=(0, 1, 2)), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(norm.moving_variance, 0.5 + 0.5 * np.var(y1, axis=(0, 1, 2)), rtol=1e-5)


def test_a_layer_used_several_times():
    """Its gradients add up, its moving statistics move at every use, its dropout draws anew."""
    f, g = field(), field()
    Both([(f, f), (f, g), (g, f)], 0.5, 2).agree(state(), 1e-4)


def test_config_keeps_the_sharing():
    f, g = field(), field()
    layer = Reversible([(f, g), (f, f)], 0.5, None)
    (f0, g0), (f1, g1) = Reversible.from_config(layer.get_config()).units
    assert f0 is f1 is g1
    assert g0 is not f0
    fields = [f, g, f]
    again = restored(described({"fields": fields}))["fields"]
    assert [again.index(layer) for layer in again] == [0, 1, 0]
    assert [layer.name for layer in again] == [layer.name for layer in fields]


@pytest.mark.slow
def test_frozen_fields():
    """The weights of a frozen field have no gradient, and its batch normalization is in inference mode."""
    units = units_of(3)
    both = Both(units, 0.5)
    units[1][0].trainable = False
    assert len(both.layer.trainable_variables) == 5 * 6
    both.agree(state(), 1e-4)
    units[0][1].trainable = units[2][1].layers[0].trainable = False
    both.agree(state(), 1e-4)
    both.layer.trainable = False
    both.agree(state(), 1e-4)


def test_losses_that_fields_add():
    units = [(field(activity_regularizer="l2"), field()), (field(), field(activity_regularizer="l1"))]
    both = Both(units, 0.5)

    def weighted(losses):
        return losses[0] + 10 * losses[1]

    def call(x, training):
        y = both.layer(x, training=training)
        return y + weighted(both.layer.losses)

    def plain_call(x, training):
        x1, x2 = tf.split(x, 2, axis=-1)
        losses = []
        for f, g in units:
            x1 += 0.5 * f(x2, training=training)
            losses += f.losses
            x2 += 0.5 * g(x1, training=training)
            losses += g.losses
        assert len(losses) == 2
        return tf.concat([x1, x2], axis=-1) + weighted(losses)

    compare(both.step(call, state())[0], both.step(plain_call, state())[0], 1e-4)


class Wave(keras.layers.Layer):
    """A field that takes time, draws random numbers in a child although its own call has no ``training``, and
    records when it was called and a weak reference to an activation."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.drop, self.dense = keras.layers.Dropout(0.5, seed=2), keras.layers.Dense(HALF)
        self.times, self.activations = [], []

    def build(self, t_shape, u_shape):
        self.dense.build(u_shape)

    def call(self, t, u):
        activation = tf.sin(self.dense(u) + t)
        if tf.executing_eagerly():
            self.times.append(float(t))
            self.activations.append(weakref.ref(activation))
        return self.drop(activation**2)

    def compute_output_shape(self, t_shape, u_shape):
        return u_shape


def test_both_fields_see_the_time_of_their_unit_and_the_mode_of_the_run():
    f, g = Wave(), Wave()
    layer = Reversible([(f, g)] * 4, 0.25, None)
    layer.build((None, 2 * HALF))
    initial = [tf.convert_to_tensor(v) for v in layer.variables]
    weights = [v.value for v in layer.trainable_variables]
    results = step(layer, state(), weights)
    forward = [0.0, 0.25, 0.5, 0.75]
    assert f.times == g.times == forward + forward[::-1]
    for variable, value in zip(layer.variables, initial, strict=True):
        variable.assign(value)

    def call(x, training):
        x1, x2 = tf.split(x, 2, axis=-1)
        for n in range(4):
            t = tf.constant(0.25 * n)
            x1 += 0.25 * f(t, x2, training=training)
            x2 += 0.25 * g(t, x1, training=training)
        return tf.concat([x1, x2], axis=-1)

    compare(results, step(call, state(), weights), 1e-4)
    np.testing.assert_allclose(layer.inverse(layer(state())), state(), atol=1e-5)


def test_a_tape_keeps_no_activations():
    f = Wave()
    layer = Reversible([(f, f)] * 3, 0.25, None)
    layer.build((None, 2 * HALF))
    with tf.GradientTape() as tape:
        y = layer(state(), training=True)
    kept = [reference() is not None for reference in f.activations]
    f.activations.clear()
    with tf.GradientTape() as plain_tape:
        z = f(tf.constant(0.0), state(shape=(HALF,)), training=True)
    assert kept == [False] * 6
    assert f.activations[0]() is not None  # or the line above would show nothing
    assert tape.gradient(y, f.dense.kernel.value) is not None
    assert plain_tape.gradient(z, f.dense.kernel.value) is not None


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_mixed_precision(policy):
    """Nine ReLU units can be undone because the state is float32: a bfloat16 state would give an error of 0.25, a
    float16 one 0.05; the rounding of the fields alone gives 0.006."""
    units = [*relu_units(9, policy), (field(policy), field(policy))]
    both = Both(units, 1.0, None, dtype=policy)
    weights = [v.numpy() for v in both.layer.trainable_variables]
    results, after = both.step(both.layer, state())
    np.testing.assert_equal([v.numpy() for v in both.layer.trainable_variables], weights)
    expected, expected_after = both.step(both.plain, state())
    assert results[0].dtype == policy.removeprefix("mixed_")
    assert {gradient.dtype.name for gradient in results[1:]} == {"float32"}
    got, expected = (np.concatenate([np.ravel(g) for g in gradients[1:]]) for gradients in (results, expected))
    assert np.linalg.norm(got - expected) < 0.02 * np.linalg.norm(expected)
    for a, b in zip(after, expected_after, strict=True):  # they are means of values that are rounded to 2⁻⁸ or 2⁻¹¹
        np.testing.assert_allclose(a, b, rtol=2e-2)


def test_a_float32_field_keeps_its_digits_in_mixed_precision():
    both = Both(relu_units(3, "float32"), 0.5, dtype="mixed_bfloat16")
    run = both.plain
    both.plain = lambda x, training: tf.cast(run(x, training), "bfloat16")
    x = tf.cast(tf.cast(state(), "bfloat16"), "float32")
    for wrap in (lambda f: f, tf.function):
        (y, _, *gradients), _ = both.step(both.layer, x, wrap)
        (expected_y, _, *expected), _ = both.step(both.plain, x, wrap)
        np.testing.assert_array_equal(y, expected_y)
        compare(gradients, expected, 1e-4)


def test_second_derivatives_are_refused():
    layer = Reversible(units_of(2))
    layer.build((None, 2 * HALF))

    def second(x):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = tf.reduce_sum(layer(x))
            gradient = inner.gradient(y, x)
        return outer.gradient(gradient, x)

    for call in (second, tf.function(second)):
        with pytest.raises(NotImplementedError, match="second"):
            call(state())


@pytest.mark.slow
def test_jacobian():
    layer = Reversible(units_of(2), 0.5)
    x = state(batch=2)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = layer(x)
        entry = y[1, 4]
    np.testing.assert_allclose(tape.jacobian(y, x)[1, 4], tape.gradient(entry, x), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-12), ("float32", 1e-4)])
def test_inverse_after_100_units(dtype, tolerance):
    f, g = (keras.layers.Dense(HALF, "tanh", kernel_initializer="orthogonal", dtype=dtype) for _ in range(2))
    layer = Reversible([(f, g)] * 100, 0.1, dtype=dtype)
    x = state(dtype)
    y = layer(x)
    assert np.abs(y - x).max() > 1
    np.testing.assert_allclose(layer.inverse(y), x, atol=tolerance)


def test_inverse_of_normalised_units_is_that_of_inference():
    layer = Reversible(branches(3), dtype="float32")
    x = state(shape=MAP)
    layer(x, training=True)
    before = [v.numpy() for v in layer.variables]
    np.testing.assert_allclose(layer.inverse(layer(x)), x, atol=1e-4)
    np.testing.assert_equal([v.numpy() for v in layer.variables], before)
    np.testing.assert_allclose(layer(Reversible(layer.units).inverse(x.numpy())), x, atol=1e-4)


def test_symplectic_euler_has_order_1():
    """u₁' = A u₂, u₂' = B u₁."""
    a, b, zero = random_matrix(2, 0), random_matrix(2, 1), np.zeros((2, 2))
    f, g = linear_field(a), linear_field(b)
    matrix, u0, steps = np.block([[zero, a], [b, zero]]), np.array([[1.0, -0.5, 0.3, 0.8]]), (8, 16, 32, 64)
    errors = [
        np.linalg.norm(Reversible([(f, g)] * n, 1 / n, dtype="float64")(u0) - flow(matrix, 1.0, u0)) for n in steps
    ]
    assert slope(errors, steps) == pytest.approx(1, abs=0.2)


@pytest.mark.slow
def test_a_saved_model_keeps_the_gradient(tmp_path):
    layer = Reversible(units_of(3), 0.5)
    x = state()
    expected = step(layer, x, [], False)
    module = tf.Module()
    module.variables_ = layer.variables
    module.f = tf.function(lambda x: layer(x, training=False), input_signature=[tf.TensorSpec((None, 2 * HALF))])
    tf.saved_model.save(module, str(tmp_path))
    loaded = tf.saved_model.load(str(tmp_path))
    compare(step(lambda x, training: loaded.f(x), x, []), expected, 1e-5)


@pytest.mark.slow
def test_fit_trains_and_moves_the_statistics():
    model = keras.Sequential([keras.Input((2 * HALF,)), Reversible(units_of(1), 0.5), keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.02), "mse", jit_compile=False)
    x = state(batch=64)
    y = tf.reduce_sum(tf.sin(x), axis=1)
    before = [v.numpy() for v in model.layers[0].non_trainable_variables]
    history = model.fit(x, y, batch_size=16, epochs=5, verbose=0).history["loss"]
    assert history[-1] < 0.9 * history[0]
    after = model.layers[0].non_trainable_variables
    assert all((a.numpy() != b).any() for a, b in zip(after, before, strict=True))


DISTRIBUTED = """
import sys
import keras, numpy as np, tensorflow as tf
cpu, two = tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
tf.config.set_logical_device_configuration(cpu, two)
sys.path[:0] = ["tests", "tests/layers"]
from test_reversible import MAP, Reversible, basic_branch, plain, state

strategy = tf.distribute.MirroredStrategy(["cpu:0", "cpu:1"])
assert strategy.num_replicas_in_sync == 2
with strategy.scope():
    layer = Reversible([(basic_branch(2), basic_branch(2)) for _ in range(2)], 0.5, 1)
    layer.build((None, *MAP))
x = state(batch=8, shape=MAP)
initial = [v.numpy() for v in layer.variables]

def step(call):
    for variable, value in zip(layer.variables, initial):
        variable.assign(value)
    def replica(x):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.sin(call(x, training=True)))
        gradients = tape.gradient(loss, [v.value for v in layer.trainable_variables])
        return tf.distribute.get_replica_context().all_reduce("mean", gradients)
    halves = strategy.experimental_distribute_values_from_function(lambda c: x[c.replica_id_in_sync_group :: 2])
    results = tf.function(lambda x: strategy.run(replica, [x]))(halves)
    first = [strategy.experimental_local_results(r)[0].numpy() for r in results]
    return first, [v.numpy() for v in layer.non_trainable_variables]

(got, after), (expected, expected_after) = step(layer), step(plain(layer.units, 0.5))
for a, b in zip(got + after, expected + expected_after, strict=True):
    np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-5)
assert any(np.abs(a - b).max() > 0.01 for a, b in zip(after, initial[-len(after) :]))

with strategy.scope():
    model = keras.Sequential([keras.Input(MAP), layer, keras.layers.Flatten(), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
losses = model.fit(x, tf.reduce_sum(x, [1, 2, 3]), batch_size=8, epochs=3, verbose=0).history["loss"]
assert losses[-1] != losses[0] and np.isfinite(losses).all()
"""


@pytest.mark.slow
def test_two_replicas():
    """In a process of its own, since logical devices are set before TensorFlow starts."""
    done = subprocess.run([sys.executable, "-c", DISTRIBUTED], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]


LAYER = keras.layers.Dense(HALF)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Reversible([]), ValueError, r"units=\[\(f, g\), …\].*Received: \[\]"),
        (lambda: Reversible(LAYER), ValueError, "at least one pair"),
        (lambda: Reversible([LAYER, LAYER]), ValueError, "at least one pair"),
        (lambda: Reversible([(LAYER, LAYER, LAYER)]), ValueError, "at least one pair"),
        (lambda: Reversible([(LAYER, "relu")]), TypeError, "keras.layers.Layer.*'relu'"),
        (lambda: Reversible([(len, LAYER)]), TypeError, "keras.layers.Layer"),
        (lambda: Reversible([(LAYER, LAYER)], checkpoint_every=0), ValueError, "checkpoint_every=0"),
        (lambda: Reversible([(LAYER, LAYER)], checkpoint_every=1.5), ValueError, "checkpoint_every=1.5"),
        (lambda: Reversible([(LAYER, LAYER)], float("inf")), ValueError, "step_size=inf"),
        (lambda: Reversible([(LAYER, LAYER)])(np.ones((2, 5))), ValueError, r"even number.*\(2, 5\)"),
        (lambda: Reversible([(LAYER, LAYER)]).build((2, None)), ValueError, "even number"),
        (
            lambda: Reversible([(keras.layers.Dense(HALF), keras.layers.Dense(4))])(np.ones((2, 6))),
            ValueError,
            r"Expected: \(3,\).*\(4,\)",
        ),
    ],
)
def test_bad_input(make, error, message):
    with pytest.raises(error, match=message):
        make()
