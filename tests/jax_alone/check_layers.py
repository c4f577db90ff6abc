"""Every layer where TensorFlow is not installed: KERAS_BACKEND=jax pytest tests/jax_alone/check_layers.py"""

import jax
import keras
import numpy as np
import pytest
from descriptors import LAYERS, SCHEMES
from problems import slope

import zoo

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


@pytest.fixture
def distributed():
    """As if several devices shared a batch."""
    keras.distribution.set_distribution(keras.distribution.DataParallel(devices=keras.distribution.list_devices()[:1]))
    yield
    keras.distribution.set_distribution(None)


def trained(layer, x):
    """Output, gradients of x and of the weights, and moving statistics of one compiled training step."""

    def loss(x, weights):
        y, others = layer.stateless_call(weights, [v.value for v in layer.non_trainable_variables], x, training=True)
        return keras.ops.sum(keras.ops.cast(y, "float32") ** 3), (y, others)

    weights = [v.value for v in layer.trainable_variables]
    gradients, (y, others) = jax.jit(jax.grad(loss, (0, 1), has_aux=True))(x, weights)
    return [y, gradients[0], *gradients[1], *others]


@pytest.mark.usefixtures("distributed")
@pytest.mark.parametrize(
    ("arguments", "shape"),
    [
        ({}, (4, 5, 6, 7)),
        ({"momentum": 0.5, "epsilon": 1e-2}, (4, 5, 6, 7)),
        ({"scale": False}, (4, 5, 6, 7)),
        ({"center": False}, (4, 5, 6, 7)),
        ({}, (2, 1, 1, 3)),
        ({"dtype": "mixed_bfloat16"}, (4, 5, 6, 7)),
        ({"axis": 1}, (4, 5, 6, 7)),  # from here on it is Keras's
        ({}, (5, 7)),
        ({"dtype": "float16"}, (4, 5, 6, 7)),
    ],
)
def test_batch_normalization_trains_as_keras_does(arguments, shape):
    random, kinds = np.random.default_rng(0), (zoo.layers.BatchNormalization, keras.layers.BatchNormalization)
    x = keras.ops.cast(random.normal(3, 2, shape), arguments.get("dtype", "float32").removeprefix("mixed_"))
    values, found = [random.uniform(0.5, 1.5, shape[arguments.get("axis", -1)]) for _ in range(4)], []
    for layer in (kind(**arguments) for kind in kinds):
        layer.build(shape)
        for variable, value in zip(layer.weights, values, strict=False):
            variable.assign(value)
        found.append([np.asarray(each, "float64") for each in trained(layer, x)])
    for ours, theirs in zip(*found, strict=True):
        # of two numbers of opposite sign hardly a gradient is left
        atol = {"float32": 2e-5 if shape[0] > 2 else 1e-3}.get(arguments.get("dtype", "float32"), 2e-2)
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=atol * max(1, np.abs(theirs).max()))


@pytest.mark.usefixtures("distributed")
def test_batch_normalization_has_second_derivatives():
    """The closed form of the gradient is differentiated like any other formula."""
    x = jax.numpy.asarray(np.random.default_rng(0).normal(size=(2, 2, 1, 2)), "float32")

    def found(kind):
        layer = kind()
        layer.build(x.shape)
        others = [v.value for v in layer.non_trainable_variables]

        def loss(x):
            weights = [v.value for v in layer.trainable_variables]
            return keras.ops.sum(keras.ops.sin(layer.stateless_call(weights, others, x, training=True)[0]))

        return jax.jacrev(jax.grad(loss))(x)

    np.testing.assert_allclose(
        found(zoo.layers.BatchNormalization), found(keras.layers.BatchNormalization), rtol=1e-3, atol=1e-4
    )
