"""The ODE-Nets: published sizes, one flow under every solver, files, augmentation, counts, recipes."""

import dataclasses
import pathlib

import keras
import numpy as np
import pytest
import tensorflow as tf
from tiny import TINY, tiny_data

import zoo
from zoo import analysis, applications, layers
from zoo.data import files
from zoo.release import publishing as release
from zoo.release import reproduce
from zoo.serving.prediction import predict_files
from zoo.training import recipes
from zoo.weights import file, keys

A = applications
PHOTO = pathlib.Path(__file__).parents[2] / "docs" / "images" / "photos" / "chelsea.png"
SMALL = {"weights": None, "filters": 8}


def pictures(batch=2, shape=(28, 28, 1)):
    return np.random.default_rng(0).integers(0, 256, (batch, *shape)).astype("float32")


def away(model):
    """The model with weights away from their initial values, so that no field is zero."""
    generator = np.random.default_rng(1)
    for variable in model.trainable_variables:
        variable.assign(variable + generator.uniform(0.02, 0.1, variable.shape))
    return model


def count(layer):
    return sum(variable.value.shape.num_elements() for variable in layer.trainable_variables)


@pytest.mark.parametrize(
    ("create", "expected"),
    [
        (lambda: A.ODENetMNIST(weights=None, downsampling="conv"), 208_266),
        (lambda: A.ODENetMNIST(weights=None, downsampling="res"), 232_970),
        (lambda: A.RKNetMNIST(weights=None, downsampling="res"), 232_970),
        (lambda: A.ResNetMNIST(weights=None, downsampling="res"), 601_482),
        (lambda: A.ResNetMNIST(weights=None, downsampling="conv"), 576_778),
    ],
)
def test_parameters_of_the_published_layouts(create, expected):
    assert count(create()) == expected


def test_the_published_field():
    f = A.ODENetMNIST(weights=None).get_layer("stage1").f
    assert count(f) == 75_392
    kinds = [type(layer).__name__ for layer in f.layers]
    assert kinds == 2 * ["GroupNormalization", "TimeConv2D"] + ["GroupNormalization"]
    assert [layer.activation.__name__ for layer in f.layers[::2]] == ["relu", "relu", "linear"]
    assert {layer.groups for layer in f.layers if hasattr(layer, "groups")} == {32}
    assert {layer.epsilon for layer in f.layers if hasattr(layer, "epsilon")} == {1e-5}


def test_time_is_one_more_channel_of_the_convolution():
    layer, plain = layers.TimeConv2D(5), keras.layers.Conv2D(5, 3, padding="same")
    plain.build((None, 6, 7, 4))
    u = np.random.default_rng(0).normal(size=(2, 6, 7, 3)).astype("float32")
    for t in (0.3, np.full((2, 1, 1, 1), [[[[0.3]]], [[[0.8]]]], "float32")):
        joined = np.concatenate([np.broadcast_to(t, (2, 6, 7, 1)), u], axis=-1).astype("float32")
        got = layer(tf.constant(t, "float32"), u)
        plain.set_weights(layer.get_weights())
        np.testing.assert_allclose(got, plain(joined), rtol=1e-4, atol=1e-5)


def test_layers_of_a_time_sequential_get_the_time_if_they_take_it():
    f = layers.TimeSequential([keras.layers.ReLU(), layers.TimeConv2D(3, 1, bias_initializer="ones")])
    u = np.random.default_rng(0).normal(size=(1, 2, 2, 3)).astype("float32")
    assert f.compute_output_shape((), u.shape) == u.shape
    change = f(tf.constant(2.0), u) - f(tf.constant(1.0), u)
    np.testing.assert_allclose(change[0, 0, 0], f.layers[1].kernel[0, 0, 0], rtol=1e-5)
    with pytest.raises(ValueError, match="at least one field"):
        layers.TimeSequential([])


@pytest.mark.parametrize(("channels", "groups"), [(64, 32), (48, 24), (24, 24), (37, 1), (40, 20), (8, 8)])
def test_groups_of_the_normalization(channels, groups):
    assert layers.group_norm(channels).groups == groups


def stored(model, path):
    """The weights of a model as a file."""
    content = file.packed(keys.arrays_of(model), {})
    files.write(path, content)
    return content


CASES = [
    (A.ODENetMNIST, (28, 28, 1)),
    (A.ODENetCIFAR, (16, 16, 3)),
]


@pytest.mark.slow
@pytest.mark.parametrize(("function", "shape"), CASES)
def test_one_field_under_every_discretisation(function, shape, tmp_path):
    """The RK-Net is the ODE layer on a grid, and a weight file of either is one of the other."""
    common = {"filters": 8, "input_shape": shape}
    flow = away(function(weights=None, solver="bosh3", **common))
    stored(flow, tmp_path / "flow.safetensors")
    grid = function(weights=tmp_path / "flow.safetensors", solver="rk4", steps=2, **common)
    assert [layer.name for layer in grid.layers[1:]] == [layer.name for layer in flow.layers[1:]]
    for one, other in zip(grid.weights, flow.weights, strict=True):
        np.testing.assert_array_equal(one, other)
    x = pictures(shape=shape)
    np.testing.assert_allclose(zoo.rediscretize(flow, "rk4", 2)(x), grid(x), rtol=1e-5, atol=1e-6)
    assert not np.allclose(flow(x), grid(x), rtol=1e-6, atol=0)
    stored(grid, tmp_path / "grid.safetensors")
    again = function(weights=tmp_path / "grid.safetensors", solver="bosh3", **common)
    for one, other in zip(again.weights, flow.weights, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.slow
def test_a_release_is_found_under_any_solver_and_keeps_its_own(released, install):
    row, _, path = released
    model = away(A.ODENetMNIST(**SMALL, rtol=1e-2, atol=1e-2))
    path = path.with_name("odenet_mnist.safetensors")
    content = stored(model, path)
    keywords = {"downsampling": "conv", "filters": 8}
    settings = {"solver": "dopri5", "steps": None, "rtol": 1e-2, "atol": 1e-2, "per_sample": False}
    digest = zoo.weights.Digest("sha256", zoo.weights.sha256(path))
    changed = {"application": "ODENetMNIST", "keywords": {**keywords, **settings}, "dataset": "mnist"}
    changed["task"] = zoo.weights.Classifier(tuple("0123456789"), (28, 28, 1))
    changed["file"] = zoo.weights.File(path.name, len(content), digest)
    row = dataclasses.replace(row, name="odenet_mnist-mnist", **changed)
    install(row)
    x = pictures()
    loaded = zoo.load("odenet_mnist-mnist")
    assert loaded.get_layer("stage1").options["rtol"] == 1e-2
    np.testing.assert_array_equal(loaded(x), model(x))
    (result,) = predict_files(loaded, [PHOTO], zoo.labels(loaded), top=1)  # a colour photo is turned grey
    assert result["predictions"][0]["label"] in tuple("0123456789")
    assert 0 < result["predictions"][0]["probability"] < 1
    expected = zoo.rediscretize(model, "rk4", 3)(x)
    for grid in (A.ODENetMNIST(filters=8, solver="rk4", steps=3), zoo.load(row.name, solver="rk4", steps=3)):
        assert isinstance(grid.get_layer("stage1"), layers.RungeKutta)
        np.testing.assert_allclose(grid(x), expected, rtol=1e-5, atol=1e-6)
    with pytest.raises(ValueError, match="No weights are released for ODENetMNIST"):
        A.ODENetMNIST(filters=16)


@pytest.mark.slow
def test_files_keep_the_settings_of_the_solver(tmp_path):
    settings = {"solver": "tsit5", "rtol": 1e-2, "atol": 1e-4, "steps": None, "max_steps": None}
    model = away(A.ODENetMNIST(**SMALL, solver="tsit5", rtol=1e-2, atol=1e-4, per_sample=True))
    model.save(tmp_path / "model.keras")
    stage = keras.models.load_model(tmp_path / "model.keras").get_layer("stage1")
    assert {"solver": stage.solver, **stage.options} == settings
    assert stage.per_sample
    x = pictures(3)
    path = zoo.export(model, tmp_path / "served")
    colour = np.repeat(x, 3, axis=-1).astype(np.uint8)
    served = tf.saved_model.load(str(path)).signatures["pixels"](pixels=tf.constant(colour))
    np.testing.assert_allclose(served["probabilities"], model(x), rtol=1e-3, atol=1e-5)


@pytest.mark.slow
def test_a_picture_with_steps_of_its_own_does_not_depend_on_its_batch():
    x = pictures(4)
    mixed = np.concatenate([x[:2], np.zeros_like(x[2:])])
    method = {"solver": "bosh3", "rtol": 1e-1, "atol": 1e-1}
    own, shared = (A.ODENetMNIST(**SMALL, **method, per_sample=each) for each in (True, False))
    for variable in own.trainable_variables:
        variable.assign(np.random.default_rng(5).normal(0, 0.3, variable.shape) + (variable.name == "gamma"))
    shared.set_weights(own.get_weights())
    alone, together = ([np.asarray(model(each)[:2]) for each in (x, mixed)] for model in (own, shared))
    np.testing.assert_allclose(*alone, rtol=0, atol=2e-7)
    assert np.abs(together[0] - together[1]).max() > 1e-5  # what steps of the batch do
    np.testing.assert_allclose(together[0], alone[0], rtol=0.02, atol=1e-3)


@pytest.mark.slow
def test_augmented_channels_never_reach_the_output():
    model = A.AugmentedODENet(weights=None, filters=8, input_shape=(16, 16, 3))
    plain = A.ODENetCIFAR(weights=None, filters=8, input_shape=(16, 16, 3))
    for layer, other in zip(model.layers, plain.layers, strict=True):
        assert layer.output.shape == other.output.shape
    assert [model.get_layer(f"stage{stage}").f.layers[1].filters for stage in (1, 2, 3)] == [16, 32, 56]
    assert count(model) > count(plain)
    wider = A.ODENetCIFAR(weights=None, filters=8, augment=3)
    assert wider.get_layer("stage1").augment == 3
    features = A.AugmentedODENet(weights=None, filters=8, include_top=False)
    assert features(pictures(1, (32, 32, 3))).shape == (1, 8, 8, 48)


@pytest.mark.slow
def test_training_counts_the_evaluations_of_the_field_under_xla():
    model = away(A.ODENetMNIST(**SMALL, solver="bosh3", rtol=1e-2, atol=1e-2))
    stage, x = model.get_layer("stage1"), pictures(4)
    before = keras.Model(model.input, stage.input)(x)
    expected = stage.integrate(before, training=True)
    model.compile("sgd", "sparse_categorical_crossentropy", jit_compile=True)
    history = model.fit(x, np.arange(4), batch_size=4, verbose=0).history
    assert np.isfinite(history["loss"]).all()
    assert history["stage1_nfe"] == [int(expected.evaluations)]
    grid = zoo.rediscretize(model, "midpoint", 3)
    grid.compile("sgd", "sparse_categorical_crossentropy", jit_compile=False)
    assert grid.fit(x, np.arange(4), batch_size=4, verbose=0).history["stage1_nfe"] == [6]


@pytest.mark.slow
def test_operations_of_a_flow_are_those_of_its_evaluations():
    grid = A.ODENetMNIST(**SMALL, solver="midpoint", steps=2)
    flow = zoo.rediscretize(A.ODENetMNIST(**SMALL), "midpoint", 2)
    assert analysis.macs(flow) == analysis.macs(grid)
    evaluation = 2 * 6 * 6 * 9 * (1 + 8) * 8  # two 3×3 convolutions from the time and 8 channels to 8, on 6×6
    assert analysis.macs(A.ODENetMNIST(**SMALL, solver="midpoint", steps=3)) - analysis.macs(grid) == 2 * evaluation


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: A.ODENetMNIST(weights=None, input_shape=(28, 28, 3)), "must have 1 channel"),
        (lambda: A.ODENetMNIST(weights=None, downsampling="pool"), "Unknown downsampling: 'pool'"),
        (lambda: A.ODENetMNIST(weights=None, solver="dopri"), "Did you mean 'dopri5'"),
        (lambda: A.ODENetMNIST(weights=None, solver="rk4"), "steps=N"),
        (lambda: A.ODENetMNIST(weights=None, steps=0), "steps=0"),
        (lambda: A.ODENetCIFAR(weights=None, augment=-1), "augment=-1"),
        (lambda: A.ODENetMNIST(filters=8), "weights='mnist'. Build it with weights=None"),
        (lambda: A.ODENet(), "weights='imagenet'. Build it with weights=None"),
        (lambda: A.ODENet(weights=None, filters=4, input_shape=(32, 32, 3)), "larger input, or with fewer groups"),
        (lambda: A.ResNetMNIST(weights=None, blocks=0), "blocks=0"),
        (lambda: layers.TimeConv2D(4, 2), "kernel_size must be odd"),
    ],
)
def test_arguments_that_fit_no_network(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.slow
def test_an_odenet_of_imagenets_size_trains_and_is_exported(tmp_path):
    model = A.ODENet(weights=None, filters=16, solver="euler", steps=1)  # a quarter of its width, at its size
    assert (model.input_shape, model.output_shape) == ((None, 224, 224, 3), (None, 1000))
    x = pictures(1, (224, 224, 3))
    before = model.get_layer("stem").kernel.numpy()
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy", run_eagerly=True)
    assert np.isfinite(model.fit(x, np.array([7]), verbose=0).history["loss"]).all()
    assert not np.array_equal(model.get_layer("stem").kernel, before)
    path = zoo.export(model, tmp_path)
    served = tf.saved_model.load(str(path)).signatures["pixels"](pixels=tf.constant(x.astype(np.uint8)))
    np.testing.assert_allclose(served["probabilities"], model(x), rtol=1e-3, atol=1e-6)


@pytest.mark.slow
def test_a_run_on_a_grid_is_released_with_adaptive_steps(repository, tmp_path):
    own = {"application": "ODENetCIFAR", "kwargs": {"filters": 4, "solver": "bosh3"}, "epochs": 1}
    own["trained_as"] = {"solver": "euler", "steps": 1}
    recipe = dataclasses.replace(TINY, name="odenet_cifar-cifar10", **own)
    model, final = reproduce.train(recipe, tiny_data(), tmp_path / "run")
    assert isinstance(model.get_layer("stage1"), layers.RungeKutta)
    row = release.release(final, recipe, repository, "abc")
    settings = {"solver": "bosh3", "steps": None, "rtol": 1e-3, "atol": 1e-3, "max_steps": None, "per_sample": False}
    assert row.keywords == {"filters": 4, "augment": 0, **settings}
    flow = reproduce.released(recipe, tiny_data(), repository / "weights" / row.file.name)
    assert isinstance(flow.get_layer("stage1"), layers.ODE)
    for one, other in zip(flow.weights, model.weights, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", [name for name in recipes.RECIPES if recipes.get(name).trained_as])
def test_keywords_of_training_alone_leave_the_weights_alone(name):
    recipe = recipes.get(name)
    describe = getattr(A, recipe.application).describe
    trained = describe(**{**recipe.kwargs, **recipe.trained_as})
    assert trained.architecture == describe(**recipe.kwargs).architecture
    assert set(recipe.trained_as) <= set(trained.settings)
