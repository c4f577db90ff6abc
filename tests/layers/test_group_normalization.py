"""Our group normalization is Keras's, compiled in training: outputs, gradients, configuration, weights, graphs."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from zoo.layers import ODE, GroupNormalization, TimeSequential, time_branch

CASES = {
    "plain": ({"groups": 2}, (4, 5, 6, 8)),
    "as many groups as channels": ({"groups": 8, "epsilon": 1e-5}, (4, 5, 6, 8)),
    "one group": ({"groups": 1}, (4, 5, 6, 8)),
    "axis 1": ({"groups": 2, "axis": 1}, (4, 6, 5, 3)),
    "rank 2": ({"groups": 2}, (5, 8)),
    "no scale, no center": ({"groups": 2, "scale": False, "center": False}, (4, 5, 6, 8)),
    "float64": ({"groups": 2, "dtype": "float64"}, (4, 5, 6, 8)),
    "mixed_bfloat16": ({"groups": 2, "dtype": "mixed_bfloat16"}, (4, 5, 6, 8)),
}
TOLERANCE = {"float64": 1e-12, "mixed_bfloat16": 2e-2}


def pair(arguments, shape):
    layers = [kind(**arguments) for kind in (GroupNormalization, keras.layers.GroupNormalization)]
    generator = np.random.default_rng(0)
    for layer in layers:
        layer.build(shape)
    for ours, theirs in zip(layers[0].weights, layers[1].weights, strict=True):
        assert (ours.name, ours.shape, ours.dtype) == (theirs.name, theirs.shape, theirs.dtype)
        value = generator.uniform(0.5, 1.5, ours.shape)
        ours.assign(value)
        theirs.assign(value)
    return layers


def outcome(call, layer, x):
    """Output in training, its gradients, output at inference."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = call(x, training=True)
        loss = tf.reduce_sum(tf.cast(y, "float64") ** 3)
    gradients = tape.gradient(loss, [x, *(variable.value for variable in layer.trainable_variables)])
    return [y, *gradients, call(x, training=False)]


@pytest.mark.slow
@pytest.mark.parametrize("around", ["eager", "graph", "xla"])
@pytest.mark.parametrize(("arguments", "shape"), CASES.values(), ids=CASES)
@pytest.mark.parametrize("activation", [None, "relu"])
def test_equals_keras(arguments, shape, activation, around):
    ours, theirs = pair(arguments, shape)
    ours = type(ours).from_config({**ours.get_config(), "activation": activation})
    ours.build(shape)
    ours.set_weights(theirs.get_weights())
    activate = keras.activations.get(activation)

    def reference(x, training):
        return activate(theirs(x))

    x = tf.cast(np.random.default_rng(1).normal(3, 2, shape), ours.compute_dtype)
    wrap = {"eager": lambda f: f, "graph": tf.function, "xla": lambda f: tf.function(f, jit_compile=True)}[around]
    got = wrap(lambda x: outcome(ours, ours, x))(x)
    expected = wrap(lambda x: outcome(reference, theirs, x))(x)
    tolerance = TOLERANCE.get(arguments.get("dtype"), 2e-5)
    for one, other in zip(got, expected, strict=True):
        other = np.asarray(tf.cast(other, "float64"))
        scale = max(1.0, np.abs(other).max())
        np.testing.assert_allclose(tf.cast(one, "float64") / scale, other / scale, atol=tolerance)


@pytest.mark.parametrize(("groups", "shape"), [(8, (2, 1, 1, 8)), (-1, (2, 8)), (2, (2, 1, 2))])
def test_a_group_of_one_number_is_refused_with_the_remedy(groups, shape):
    with pytest.raises(ValueError, match="each number of .* Build the network for a larger input, or with fewer group"):
        GroupNormalization(groups).build(shape)
    larger = (*shape[:-1], 2 * shape[-1]) if groups > 0 else (2, 3, 8)
    GroupNormalization(groups).build(larger)


def test_a_group_of_one_number_is_refused_where_sides_were_open():
    inputs = keras.Input((None, None, 8))
    model = keras.Model(inputs, GroupNormalization(8)(inputs))
    assert model(np.ones((1, 2, 1, 8), "float32")).shape == (1, 2, 1, 8)
    with pytest.raises(ValueError, match="larger input, or with fewer groups"):
        model(np.ones((1, 1, 1, 8), "float32"))


def compiled_functions(call, shape):
    """Functions in the graph of a call that XLA must compile."""
    graph = tf.function(call).get_concrete_function(tf.TensorSpec(shape, "float32")).graph
    return [op for op in graph.get_operations() if op.type.endswith("PartitionedCall") and "_XlaMustCompile" in str(op)]


def test_compiled_in_training_only():
    layer = GroupNormalization(2)
    assert len(compiled_functions(lambda x: layer(x, training=True), (None, 5, 6, 8))) == 1

    def with_gradient(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, training=True)
        return tape.gradient(y, x)

    assert len(compiled_functions(with_gradient, (None, 5, 6, 8))) == 2
    assert not compiled_functions(lambda x: layer(x, training=False), (None, 5, 6, 8))
    assert not compiled_functions(layer, (None, 5, 6, 8))


def test_batches_of_other_sizes():
    ours, theirs = pair({"groups": 2}, (None, 5, 6, 8))
    call = tf.function(lambda x: ours(x, training=True), input_signature=[tf.TensorSpec((None, 5, 6, 8))])
    for batch in (3, 1, 4):
        x = tf.random.stateless_normal((batch, 5, 6, 8), (batch, 0))
        np.testing.assert_allclose(call(x), theirs(x), atol=1e-6)


@pytest.mark.parametrize(
    ("activation", "dtype", "compiled"),
    [
        (keras.layers.PReLU(), "float32", False),
        (keras.layers.LeakyReLU(), "float32", False),
        (tf.nn.softplus, "float32", True),
        (None, "int32", False),
    ],
)
def test_what_is_left_to_keras(activation, dtype, compiled):
    layer = GroupNormalization(2, activation)
    x = tf.cast(10 * tf.random.stateless_normal((3, 4, 5, 8), (0, 1)), dtype)
    y = layer(x, training=True)
    assert y.dtype == "float32"
    np.testing.assert_allclose(y, layer(x), atol=1e-5)
    assert len(compiled_functions(lambda _: layer(x, training=True), (None,))) == compiled


@pytest.mark.parametrize("open_shape", [(None, None, None, 8), (None, 4, None, 8)])
def test_frozen_weights_and_open_shapes(open_shape):
    ours, theirs = pair({"groups": 2}, open_shape)
    ours.gamma.trainable = theirs.gamma.trainable = False
    x = tf.random.stateless_normal((2, 4, 3, 8), (0, 1))
    wrapped = tf.function(lambda x: outcome(ours, ours, x), input_signature=[tf.TensorSpec(open_shape)])
    for one, other in zip(wrapped(x), outcome(lambda x, training: theirs(x), theirs, x), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("gradient", ["direct", "replay", "backsolve"])
def test_gradient_through_a_flow(gradient, monkeypatch):
    """A field of our layer, compiled in training, has the gradient of one of Keras's, also in the solver's loop."""
    ours = time_branch(4)
    ours.build((), (None, 3, 3, 4))
    plain = [_keras(layer) if isinstance(layer, GroupNormalization) else [layer] for layer in ours.layers]
    theirs = TimeSequential(sum(plain, []))
    theirs.build((), (None, 3, 3, 4))
    for one, other in zip(ours.weights, theirs.weights, strict=True):
        other.assign(one)
    x = tf.random.stateless_normal((2, 3, 3, 4), (0, 1))
    found, compiled = [], []
    fits = GroupNormalization._fits_compiled_kernel
    monkeypatch.setattr(
        GroupNormalization, "_fits_compiled_kernel", lambda self, x: compiled.append(fits(self, x)) or compiled[-1]
    )
    for f in (ours, theirs):
        ode = ODE(f, steps=3, gradient=gradient)  # equal steps: adaptive ones would amplify the rounding
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_mean(ode(x, training=True) ** 2)
        found.append(tape.gradient(loss, [x, *(variable.value for variable in f.trainable_variables)]))
    assert compiled
    assert all(compiled)
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-5)


def _keras(layer):
    plain = {name: value for name, value in layer.get_config().items() if name not in ("activation", "name")}
    return [keras.layers.GroupNormalization.from_config(plain), keras.layers.Activation(layer.activation)]


def test_configuration_and_files(tmp_path):
    layer = GroupNormalization(2, activation="relu", epsilon=1e-4)
    model = keras.Sequential([keras.Input((5, 6, 8)), layer])
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert again.layers[0].get_config() == layer.get_config()
    x = np.random.default_rng(0).normal(size=(2, 5, 6, 8)).astype("float32")
    np.testing.assert_array_equal(again(x), model(x))
    ours, theirs = pair({"groups": 2}, (None, 5, 6, 8))
    one, other = (keras.Sequential([keras.Input((5, 6, 8)), each]) for each in (ours, theirs))
    other.save_weights(tmp_path / "theirs.weights.h5")
    ours.set_weights([np.zeros_like(value) for value in ours.get_weights()])
    one.load_weights(tmp_path / "theirs.weights.h5")
    np.testing.assert_array_equal(one(x), other(x))
    assert GroupNormalization.from_config(theirs.get_config()).groups == 2


@pytest.mark.slow
@pytest.mark.parametrize("around", ["eager", "graph"])
@pytest.mark.parametrize("activation", [None, "softplus"])
def test_second_derivatives(activation, around):
    """As the Jacobian term of a flow needs them."""
    ours, theirs = pair({"groups": 2, "dtype": "float64"}, (2, 3, 4, 8))
    ours.activation = activate = keras.activations.get(activation)
    x = tf.random.stateless_normal((2, 3, 4, 8), (0, 2), dtype="float64")

    def second(call, layer):
        weights = [variable.value for variable in layer.trainable_variables]
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                loss = tf.reduce_sum(call(x) ** 3)
            norm = tf.reduce_sum(inner.gradient(loss, x) ** 2)
        return outer.gradient(norm, [x, *weights])

    wrap = tf.function if around == "graph" else lambda f: f
    got = wrap(lambda: second(lambda x: ours(x, training=True), ours))()
    expected = wrap(lambda: second(lambda x: activate(theirs(x)), theirs))()
    for one, other in zip(got, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9 * np.abs(other).max())
