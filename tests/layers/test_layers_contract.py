"""What every layer promises, checked over the table of layers."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from descriptors import LAYERS

every_layer = pytest.mark.parametrize("row", LAYERS, ids=lambda row: row.name)


def inputs_of(row, batch=3, seed=0):
    generator = np.random.default_rng(seed)
    arrays = [generator.normal(size=(batch, *shape)).astype("float32") for shape in row.shapes]
    return arrays if len(arrays) > 1 else arrays[0]


def model_of(row, **arguments):
    """A functional model around the layer, with weights away from their initial values; the same at every call."""
    keras.utils.set_random_seed(1)
    symbols = [keras.Input(shape) for shape in row.shapes]
    symbols = symbols if len(symbols) > 1 else symbols[0]
    model = keras.Model(symbols, row.create(**arguments)(symbols))
    generator = np.random.default_rng(1)
    for variable in model.weights:
        if "seed" not in variable.path:
            variable.assign(variable + generator.uniform(0.05, 0.15, variable.shape))
    return model


@pytest.mark.slow
@every_layer
@pytest.mark.parametrize("batch", [1, 3])
def test_output_has_the_announced_shape(row, batch):
    layer = row.create()
    inputs = inputs_of(row, batch)
    outputs = layer(inputs)
    shapes = [x.shape for x in inputs] if isinstance(inputs, list) else inputs.shape
    assert tuple(outputs.shape) == tuple(layer.compute_output_shape(shapes))
    assert np.isfinite(outputs).all()


@every_layer
def test_config_round_trip(row):
    layer = row.create()
    config = layer.get_config()
    assert type(layer).from_config(config).get_config() == config


@pytest.mark.slow
@every_layer
def test_keras_file_round_trip(row, tmp_path):
    model = model_of(row)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    inputs = inputs_of(row)
    np.testing.assert_array_equal(loaded(inputs), model(inputs))


@pytest.mark.slow
@every_layer
def test_weight_file_round_trip(row, tmp_path):
    model, other = model_of(row), model_of(row)
    for variable in other.weights:
        variable.assign(variable * 0)
    model.save_weights(tmp_path / "w.weights.h5")
    other.load_weights(tmp_path / "w.weights.h5")
    inputs = inputs_of(row)
    np.testing.assert_array_equal(other(inputs), model(inputs))


@pytest.mark.slow
@every_layer
def test_gradients_are_finite_and_reach_every_weight(row):
    model = model_of(row)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.sin(model(inputs_of(row), training=True)))
    gradients = tape.gradient(loss, model.trainable_variables)
    for variable, gradient in zip(model.trainable_variables, gradients, strict=True):
        assert gradient is not None, variable.path
        assert np.isfinite(gradient).all(), variable.path


@pytest.mark.slow
@every_layer
@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_mixed_precision(row, policy):
    full = model_of(row)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        half = model_of(row)
    finally:
        keras.config.set_dtype_policy(before)
    half.set_weights(full.get_weights())
    outputs = half(inputs_of(row))
    assert keras.backend.standardize_dtype(outputs.dtype) == policy.removeprefix("mixed_")
    assert all(variable.dtype == "float32" for variable in half.trainable_variables)
    np.testing.assert_allclose(tf.cast(outputs, "float32"), full(inputs_of(row)), rtol=0.1, atol=0.1)


def training_step(model, inputs):
    """Loss and gradients of a step in training mode, with the random seeds as they are."""
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.sin(model(inputs, training=True)))
    return [loss, *tape.gradient(loss, [variable.value for variable in model.trainable_variables])]


@pytest.mark.slow
@every_layer
def test_compiles_with_xla(row):
    inputs = inputs_of(row)
    inference = tf.function(lambda model, x: model(x, training=False), jit_compile=True)
    np.testing.assert_allclose(inference(model_of(row), inputs), model_of(row)(inputs), rtol=1e-4, atol=1e-5)
    compiled = tf.function(training_step, jit_compile=True)
    models = [model_of(row), model_of(row)]
    # XLA draws other random numbers from the same seed, so a layer that draws some is held against itself.
    random = any("seed" in variable.path for variable in models[0].variables)
    reference = compiled if random else training_step
    for got, expected in zip(compiled(models[0], inputs), reference(models[1], inputs), strict=True):
        assert np.isfinite(got).all()
        np.testing.assert_allclose(got, expected, rtol=1e-3, atol=1e-5)
    for got, expected in zip(models[0].non_trainable_variables, models[1].non_trainable_variables, strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.slow
@every_layer
def test_saved_model_needs_neither_zoo_nor_xla(row, tmp_path):
    model = model_of(row)
    specs = [tf.TensorSpec((None, *shape), "float32") for shape in row.shapes]
    module = tf.Module()
    module.variables_ = model.variables
    module.f = tf.function(lambda *x: model(list(x) if len(x) > 1 else x[0], training=False), input_signature=specs)
    tf.saved_model.save(module, str(tmp_path))
    assert b"_XlaMustCompile" not in (tmp_path / "saved_model.pb").read_bytes()
    inputs = inputs_of(row, batch=2)
    loaded = tf.saved_model.load(str(tmp_path))
    outputs = loaded.f(*(inputs if isinstance(inputs, list) else [inputs]))
    np.testing.assert_allclose(outputs, model(inputs), rtol=1e-5, atol=1e-6)
