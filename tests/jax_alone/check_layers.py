"""Every layer where TensorFlow is not installed: KERAS_BACKEND=jax pytest tests/jax_alone/check_layers.py"""

import jax
import keras
import numpy as np
import pytest
from descriptors import LAYERS, SCHEMES
from problems import slope

every_layer = pytest.mark.parametrize(
    "row", [row for row in LAYERS if not row.tensorflow_only], ids=lambda row: row.name
)


def model_and_inputs(row):
    symbols = [keras.Input(shape) for shape in row.shapes]
    symbols = symbols if len(symbols) > 1 else symbols[0]
    generator = np.random.default_rng(0)
    inputs = [generator.normal(size=(3, *shape)).astype("float32") for shape in row.shapes]
    return keras.Model(symbols, row.create()(symbols)), inputs if len(inputs) > 1 else inputs[0]


@every_layer
def test_compiles_and_has_finite_gradients_in_training(row):
    model, inputs = model_and_inputs(row)
    trainable, others = model.trainable_variables, model.non_trainable_variables

    def loss(weights):
        outputs, changed = model.stateless_call(weights, [v.value for v in others], inputs, training=True)
        return keras.ops.mean(keras.ops.sin(outputs)), changed

    weights = [v.value for v in trainable]
    compiled = jax.jit(jax.value_and_grad(loss, has_aux=True))
    (value, changed), gradients = compiled(weights)
    (eager_value, _), eager_gradients = jax.value_and_grad(loss, has_aux=True)(weights)
    np.testing.assert_allclose(value, eager_value, rtol=1e-4, atol=1e-6)
    assert len(changed) == len(others)
    for gradient, eager in zip(gradients, eager_gradients, strict=True):
        assert np.isfinite(gradient).all()
        np.testing.assert_allclose(gradient, eager, rtol=1e-3, atol=1e-5)


@every_layer
def test_keras_file_round_trip(row, tmp_path):
    model, inputs = model_and_inputs(row)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(loaded(inputs), model(inputs), rtol=1e-6)


def test_what_needs_tensorflow_says_so():
    for row in LAYERS:
        if row.tensorflow_only:
            with pytest.raises(RuntimeError, match="KERAS_BACKEND=tensorflow"):
                row.create()


@pytest.mark.parametrize("row", SCHEMES, ids=lambda row: row.name)
def test_order(row):
    jax.config.update("jax_enable_x64", True)
    try:
        problem, steps = row.problems[:3][-1], (12, 24, 48) if row.numerics.order > 3 else (32, 64, 128)
        errors = []
        for n in steps:
            u = problem.start
            for layer in row.run(problem.fields(), 1 / n, n):
                u = layer(u)
            errors.append(np.linalg.norm(u - problem.end))
    finally:
        jax.config.update("jax_enable_x64", False)
    assert slope(errors, steps) == pytest.approx(row.numerics.order, abs=0.2)
