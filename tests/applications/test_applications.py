"""What every application promises, checked over the table of families; then what is special to one."""

import math
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf
from descriptors import APPLICATIONS, FAMILIES

import zoo
from zoo import analysis, applications, layers
from zoo.layers._reversible import recompute as _recompute

VARIANTS = {name: row for row in APPLICATIONS for name in row.parameters}
LARGE = 1_000_000
"""Trainable weights of a variant that takes seconds to build."""


@pytest.fixture(scope="module", params=FAMILIES, ids=lambda row: row.function.__name__)
def row(request):
    """Every family in turn; all tests of one run before those of the next."""
    return request.param


@pytest.fixture(scope="module")
def model(row):
    """The narrow member, which is only read: its weights stay what they are."""
    return narrow(row)


@pytest.fixture(scope="module")
def answers(row, model):
    """What it says of ``shown(row)``."""
    return np.asarray(model(shown(row)))


def pictures(batch=2, size=32, channels=3):
    return np.random.default_rng(0).integers(0, 256, (batch, size, size, channels)).astype("float32")


def shown(row, batch=2):
    """Pictures for a family."""
    return pictures(batch, row.shape[0], row.shape[2])


def narrow(row, **arguments):
    """The narrow member, with weights away from their initial values."""
    model = row.member(**arguments)
    generator = np.random.default_rng(1)
    for variable in model.weights:
        noise = generator.uniform(0.01, 0.05, variable.shape)
        variable.assign(variable * (1 + noise) + (0 if variable.name == "kernel" else noise))
    return model


def trainable(model):
    return sum(math.prod(variable.shape) for variable in model.trainable_variables)


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=[pytest.mark.slow] * (row.parameters[n] > LARGE)) for n, row in VARIANTS.items()],
)
def test_parameters(name):
    """With ten classes by building it, with a hundred by the size of its head; no variable gets a value."""
    with keras.StatelessScope(initialize_variables=False):
        model = applications.build(name, weights=None)
    row = VARIANTS[name]
    count, kernel = trainable(model), model.get_layer("predictions").kernel
    keras.backend.clear_session()
    assert count == row.parameters[name]
    assert model.name == name
    if name in row.parameters_100:
        assert count + (100 - 10) * (kernel.shape[0] + 1) == row.parameters_100[name]


@pytest.mark.slow
def test_probabilities_and_logits(row, model, answers):
    probabilities = model.predict(shown(row), verbose=0)
    assert probabilities.shape == (2, 10)
    np.testing.assert_allclose(probabilities, answers, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    logits = applications.logits(model, shown(row))
    np.testing.assert_allclose(keras.ops.softmax(logits), answers, rtol=1e-4, atol=1e-6)
    bare = row.member(classifier_activation=None)
    bare.set_weights(model.get_weights())
    np.testing.assert_allclose(bare(shown(row)), logits, rtol=1e-4, atol=1e-5)


def test_a_picture_does_not_depend_on_its_batch(row, model, answers):
    np.testing.assert_allclose(answers[1:], model(shown(row)[1:]), rtol=1e-4, atol=1e-6)


def test_features_are_the_states_at_the_ends_of_the_stages(row, model, answers):
    states = analysis.features(model)(shown(row))
    states = states if isinstance(states, list) else [states]
    assert [tuple(state.shape) for state in states] == [(2, *shape) for shape in row.states]
    end, last = states[-1], keras.Input(row.states[-1])
    if row.pair:
        end = list(reversed(analysis.last_states(model, shown(row))))
        np.testing.assert_allclose(states[-1], end[1], rtol=1e-5, atol=1e-6)
        last = [keras.Input(row.states[-1]) for _ in end]
    head = keras.Model(last, _head(model, last))
    np.testing.assert_allclose(head(end), answers, rtol=1e-5, atol=1e-6)


def _head(model, u):
    last = max(i for i, layer in enumerate(model.layers) if layer.name.startswith("stage"))
    for layer in model.layers[last + 1 :]:
        u = layer(u)
    return u


@pytest.mark.slow
def test_without_top(row, model):
    """The trunk is that of the whole network; what pools it is one of two layers, whatever the trunk."""
    trunk = row.member(include_top=False)
    trunk.set_weights(model.get_weights()[: len(trunk.weights)])  # the head comes last
    full = np.asarray(trunk(shown(row)))
    assert full.ndim == 4
    inputs = keras.Input(row.shape)
    pooled = keras.Model(inputs, keras.Model(model.input, model.get_layer("avg_pool").output)(inputs))
    np.testing.assert_allclose(pooled(shown(row)), np.mean(full, axis=(1, 2)), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("pooling", "reduce"), [("avg", np.mean), ("max", np.max)])
def test_pooling_without_top(pooling, reduce):
    row = APPLICATIONS[0]
    whole, pooled = (row.member(include_top=False, pooling=each) for each in (None, pooling))
    pooled.set_weights(whole.get_weights())
    expected = reduce(np.asarray(whole(shown(row))), axis=(1, 2))
    np.testing.assert_allclose(pooled(shown(row)), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.slow
def test_other_sizes_and_grey_pictures(row, model):
    channels = row.shape[2]
    free = row.member(input_shape=[None, None, channels])
    free.set_weights(model.get_weights())
    size, small = row.sizes
    assert free(pictures(1, size, channels)).shape == (1, 10)
    grey = row.member(input_shape=(small, small, 1))
    grey.set_weights(model.get_weights())
    image = pictures(1, small, 1)
    np.testing.assert_allclose(grey(image), free(np.repeat(image, channels, axis=-1)), rtol=1e-5, atol=1e-6)


@pytest.mark.slow
def test_input_tensor_and_two_of_them_in_one_graph(row, model, answers):
    inputs = keras.Input(row.shape)
    darker = row.member(input_tensor=keras.layers.Rescaling(0.5)(inputs), name="darker")
    darker.set_weights(model.get_weights())
    both = keras.Model(inputs, [model(inputs), darker(inputs)])
    plain, dark = both(shown(row))
    np.testing.assert_allclose(plain, answers, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(dark, model(0.5 * shown(row)), rtol=1e-5, atol=1e-6)


@pytest.mark.slow
def test_keras_file_round_trip(row, model, answers, tmp_path):
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras", safe_mode=True)
    np.testing.assert_array_equal(loaded(shown(row)), answers)


@pytest.mark.slow
def test_weight_file_round_trip(row, model, answers, tmp_path):
    path = tmp_path / "own.weights.h5"
    model.save_weights(path)
    loaded = row.member(weights=path, input_tensor=keras.layers.Rescaling(1.0)(keras.Input(row.shape)))
    np.testing.assert_array_equal(loaded(shown(row)), answers)
    for one, other in zip(row.member(weights=path).get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.slow
def test_weights_trained_with_stochastic_depth_serve_without(row, tmp_path):
    if not row.drops:
        pytest.skip("it has no stochastic depth")
    model = narrow(row, drop_path=0.5)
    path = tmp_path / "own.weights.h5"
    model.save_weights(path)
    expected = np.asarray(model(shown(row)))
    for drop_path in (0.0, 0.5):
        loaded = row.member(weights=str(path), drop_path=drop_path)
        np.testing.assert_array_equal(loaded(shown(row)), expected)


@pytest.mark.slow
def test_training_changes_every_weight(row):
    """In the second step at the latest: a field whose last layer starts at zero hides those before it in the first."""
    model = row.member(classes=3)
    before = [variable.numpy() for variable in model.trainable_variables]
    model.compile(keras.optimizers.SGD(0.1), keras.losses.SparseCategoricalCrossentropy(), run_eagerly=True)
    history = model.fit(shown(row, 8), np.arange(8) % 3, batch_size=8, epochs=2, verbose=0)
    assert np.isfinite(history.history["loss"]).all()
    for old, variable in zip(before, model.trainable_variables, strict=True):
        assert not np.array_equal(old, variable), variable.path


def test_mixed_precision_keeps_probabilities_in_float32(row):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = row.member()
    finally:
        keras.config.set_dtype_policy(before)
    probabilities = model(shown(row))
    assert probabilities.dtype == "float32"
    assert np.isfinite(probabilities).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"depth": 21}, "depth=21. The nearest are 20 and 26"),
        ({"depth": 165}, "9n"),
        ({"depth": 2}, "depth=2. The nearest are 8"),
        ({"input_shape": (32, 32)}, r"\(32, 32\)"),
        ({"input_shape": (32, 32, 4)}, "3 channels"),
        ({"input_shape": (4, 32, 3)}, "at least 8×8"),
        ({"input_tensor": np.zeros((1, 32, 32, 3))}, "symbolic"),
        ({"classes": 0}, "classes=0"),
        ({"classes": "10"}, "classes='10'"),
        ({"include_top": False, "pooling": "mean"}, "pooling='mean'"),
        ({"include_top": "cifar10"}, "include_top='cifar10'"),
        ({"input_shape": 32}, "Received: 32"),
        ({"depth": "20"}, "depth='20'"),
        ({"depth": 20.0}, "depth=20.0"),
        ({"drop_path": "0.5"}, "'0.5'"),
        ({"drop_path": 1.0}, r"\[0, 1\)"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        applications.LMResNet(weights=None, **arguments)


def test_weights_of_another_type():
    with pytest.raises(ValueError, match=r"\['cifar10'\]"):
        applications.LMResNet(weights=["cifar10"])


def test_numpy_integers_are_integers():
    assert applications.LMResNet(weights=None, depth=np.int64(8), classes=np.int32(7)).output_shape == (None, 7)


def test_networks_are_channels_last_whatever_keras_is_set_to(row, model, answers, caplog):
    keras.config.set_image_data_format("channels_first")
    try:
        other = row.member()
        assert "'channels_first', which has no effect here" in caplog.text
        other.set_weights(model.get_weights())
        np.testing.assert_array_equal(other(shown(row)), answers)
    finally:
        keras.config.set_image_data_format("channels_last")


def test_quantizing_to_integers_says_of_every_convolution_that_it_cannot():
    model = applications.LMResNet(weights=None, depth=8)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        model.quantize("int8")
    convolutions = [layer for layer in model._flatten_layers() if isinstance(layer, keras.layers.Conv2D)]
    words = [str(warning.message) for warning in told]
    assert words.count("Layer Conv2D does not have a `quantize` method implemented.") == len(convolutions) > 0
    assert {layer.kernel.dtype for layer in convolutions} == {"float32"}


def test_a_mistyped_name_names_the_nearest():
    with pytest.raises(ValueError, match="Did you mean 'lm_resnet20'"):
        applications.build("lm_resnet2O", weights=None)


@pytest.mark.slow
def test_a_weight_file_of_another_network_is_refused(tmp_path):
    path = tmp_path / "other.weights.h5"
    applications.LMResNet(weights=None, depth=8).save_weights(path)
    with pytest.raises(ValueError, match=r"other.weights.h5 does not fit lm_resnet_depth14"):
        applications.LMResNet(weights=path, depth=14)
    (tmp_path / "broken.weights.h5").write_bytes(b"not HDF5")
    with pytest.raises(ValueError, match=r"broken.weights.h5 does not fit"):
        applications.LMResNet(weights=tmp_path / "broken.weights.h5", depth=14)
    with pytest.raises(FileNotFoundError, match=r"absent.weights.h5"):
        applications.LMResNet(weights=tmp_path / "absent.weights.h5")
    (tmp_path / "model.txt").touch()
    with pytest.raises(ValueError, match=r"must end in .safetensors, .weights.h5, .h5, .npz, .zip, .keras"):
        applications.LMResNet(weights=tmp_path / "model.txt")


def test_variants_have_their_own_name_signature_and_help():
    import inspect

    function = applications.LMResNet56
    assert function.__name__ == "LMResNet56"
    assert list(inspect.signature(function).parameters)[:3] == ["include_top", "weights", "input_tensor"]
    assert "depth" not in inspect.signature(function).parameters
    assert "LMResNet(depth=56)" in function.__doc__
    with pytest.raises(TypeError, match="depth"):
        function(weights=None, depth=20)


def test_layout_of_lm_resnet20():
    model = applications.LMResNet20(weights=None)
    blocks = [layer for layer in model.layers if layer.name.startswith("stage") and not layer.name.endswith("_f")]
    steps = [type(layer).__name__ for layer in blocks]
    first = ["ForwardEuler", "LinearMultistep", "LinearMultistep"]
    later = ["Sequential", "Add", "LinearMultistep", "LinearMultistep"]
    assert steps == first + later + later
    assert sum(variable.name == "k" for variable in model.trainable_variables) == 6


def test_the_previous_state_of_a_two_step_step():
    """Stage 2's second block steps from u = p + f and u⁻ = p; its third from that u."""
    model = applications.LMResNet20(weights=None)
    second, third = model.get_layer("stage2_block2"), model.get_layer("stage2_block3")
    u, previous = second.input
    assert u is model.get_layer("stage2_block1").output
    assert previous is model.get_layer("stage2_block1_shortcut").output
    u, previous = third.input
    assert u is second.output
    assert previous is model.get_layer("stage2_block1").output


@pytest.mark.slow
@pytest.mark.parametrize(
    ("resnet", "lm", "narrow"),
    [
        (applications.ResNet, applications.LMResNet, {"depth": 20}),
        (applications.ResNeXt, applications.LMResNeXt, {"depth": 29, "groups": 2, "width": 2}),
    ],
)
def test_to_lm_computes_the_same_function_and_has_the_lm_layout(resnet, lm, narrow):
    model = resnet(weights=None, **narrow)
    generator = np.random.default_rng(1)
    for variable in model.weights:
        variable.assign(variable + generator.uniform(0.01, 0.03, variable.shape))
    converted = applications.to_lm(model)
    np.testing.assert_allclose(converted(pictures()), model(pictures()), rtol=1e-5, atol=1e-6)
    expected = lm(weights=None, **narrow)
    assert trainable(converted) == trainable(expected)
    assert converted.name == f"lm_{model.name}"
    kinds = [(layer.name, type(layer)) for layer in expected.layers[1:]]
    assert [(layer.name, type(layer)) for layer in converted.layers[1:]] == kinds
    expected.set_weights(converted.get_weights())
    np.testing.assert_allclose(expected(pictures()), model(pictures()), rtol=1e-5, atol=1e-6)


@pytest.mark.slow
def test_to_lm_shares_nothing_and_can_be_saved(tmp_path):
    model = applications.ResNet(weights=None, depth=14)
    converted = applications.to_lm(model, name="mine")
    before = np.asarray(model(pictures()))
    for variable in converted.trainable_variables:
        variable.assign(variable * 0.5)
    np.testing.assert_array_equal(model(pictures()), before)
    converted.save(tmp_path / "mine.keras")
    loaded = keras.models.load_model(tmp_path / "mine.keras")
    np.testing.assert_array_equal(loaded(pictures()), converted(pictures()))


def test_to_lm_refuses_a_model_without_euler_steps():
    with pytest.raises(ValueError, match="lm_resnet_depth14, which has none"):
        applications.to_lm(applications.LMResNet(weights=None, depth=14))
    inputs = keras.Input((4,))
    with pytest.raises(ValueError, match="ForwardEuler"):
        applications.to_lm(keras.Model(inputs, keras.layers.Dense(2)(inputs), name="mlp"))


def test_features_refuse_a_model_without_stages():
    inputs = keras.Input((4,))
    with pytest.raises(ValueError, match="stage1"):
        analysis.features(keras.Model(inputs, keras.layers.Dense(2)(inputs)))


def test_macs_of_a_network_counted_by_hand():
    """Depth 8: stem, then a stage of 16, of 32 and of 64 channels with one block each, and the head."""
    stem = 32 * 32 * 27 * 16
    first = 2 * 32 * 32 * 9 * 16 * 16
    second = 16 * 16 * (9 * 16 * 32 + 9 * 32 * 32 + 16 * 32)
    third = 8 * 8 * (9 * 32 * 64 + 9 * 64 * 64 + 32 * 64)
    expected = stem + first + second + third + 64 * 10
    assert analysis.macs(applications.ResNet(weights=None, depth=8)) == expected
    with pytest.raises(ValueError, match="input_shape"):
        analysis.macs(applications.ResNet(weights=None, depth=8, input_shape=(None, None, 3)))


def test_grouped_convolution_counts_by_its_groups():
    inputs = keras.Input((8, 8, 4))
    model = keras.Model(inputs, zoo.layers.GroupedConv2D(6, 3, groups=2, padding="same")(inputs))
    assert analysis.macs(model) == 8 * 8 * 9 * 2 * 6


def test_preprocess_input_changes_nothing():
    images = pictures()
    assert applications.preprocess_input(images) is images


def steps_of(model):
    """The names and kinds of the layers that are stages."""
    kept = [layer for layer in model.layers if layer.name.startswith("stage") and not layer.name.endswith("_f")]
    return [(layer.name, type(layer).__name__) for layer in kept]


def test_layout_of_momentum_resnet20():
    model = applications.MomentumResNet20(weights=None)
    runs = [model.get_layer(f"stage{stage}_run") for stage in (1, 2, 3)]
    assert [len(run.fields) for run in runs] == [3, 2, 2]
    assert {run.gamma for run in runs} == {0.9}
    assert steps_of(model) == [
        ("stage1_run", "Momentum"),
        ("stage2_block1_shortcut", "Sequential"),
        ("stage2_block1", "Add"),
        ("stage2_run", "Momentum"),
        ("stage3_block1_shortcut", "Sequential"),
        ("stage3_block1", "Add"),
        ("stage3_run", "Momentum"),
    ]


def test_momentum_without_momentum_is_resnet():
    model = applications.MomentumResNet(weights=None, depth=14, gamma=0)
    resnet = applications.ResNet(weights=None, depth=14)
    resnet.set_weights(model.get_weights())
    np.testing.assert_allclose(resnet(pictures()), model(pictures()), rtol=1e-4, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("depth", [38, 164])
def test_layout_of_revnet(depth):
    model = applications.RevNet(weights=None, depth=depth)
    first = [("stage1_block1", "CouplingTransition")] if depth == 164 else []
    assert steps_of(model) == [
        *first,
        ("stage1_run", "Reversible"),
        ("stage2_block1", "CouplingTransition"),
        ("stage2_run", "Reversible"),
        ("stage3_block1", "CouplingTransition"),
        ("stage3_run", "Reversible"),
    ]
    units = [len(model.get_layer(f"stage{stage}_run").units) for stage in (1, 2, 3)]
    assert units == ([3, 2, 2] if depth == 38 else [8, 8, 8])


def test_the_first_field_of_revnet_starts_with_its_convolution():
    f, g = applications.RevNet38(weights=None).get_layer("stage1_run").units[0]
    assert isinstance(f.layers[0], keras.layers.Conv2D)
    assert isinstance(g.layers[0], keras.layers.BatchNormalization)


def training_step(model):
    """Loss, gradients and what else has moved, in training mode from the same weights."""
    weights = model.get_weights()
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.sin(3 * model(pictures(4), training=True)))
    results = [loss, *tape.gradient(loss, model.trainable_variables), *map(tf.identity, model.non_trainable_variables)]
    model.set_weights(weights)
    return [np.asarray(result) for result in results]


@pytest.mark.slow
def test_gradients_of_revnet_are_those_of_plain_backpropagation(monkeypatch):
    def plain(layer, x, training):
        *_, halves = layer.states(x, lambda field, t, u: field(u, training=training))
        return tf.concat(halves, axis=-1)

    model = applications.RevNet(weights=None, depth=50, classes=3)
    recomputed = training_step(model)
    monkeypatch.setattr(_recompute, "run", plain)
    for got, expected in zip(recomputed, training_step(model), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())


def test_layout_of_polynet20():
    model = applications.PolyNet20(weights=None)
    steps = [(layer.name, type(layer).__name__) for layer in model.layers if type(layer).__name__ == "BackwardEuler"]
    assert len(steps) == 7
    first, second = model.get_layer("stage1_block1").fields
    for one, other in zip(first.layers, second.layers, strict=True):
        assert (one is not other) == isinstance(one, keras.layers.BatchNormalization)


@pytest.mark.slow
@pytest.mark.parametrize("drop_path", [0.0, 0.5])
@pytest.mark.parametrize("module", layers.POLYNET_MODULES)
def test_polynet_of_every_module(module, drop_path, tmp_path):
    model = applications.PolyNet(weights=None, depth=8, module=module, drop_path=drop_path)
    evaluated = layers.POLYNET_MODULES[module][1]
    letters = len(set(evaluated))
    norms, convolutions = 4 * 16, 2 * 9 * 16 * 16
    resnet = applications.ResNet(weights=None, depth=8)
    assert trainable(model) == trainable(resnet) + (letters - 1) * convolutions + (len(evaluated) - 1) * norms
    path = tmp_path / "own.weights.h5"
    model.save_weights(path)
    loaded = applications.PolyNet(weights=path, depth=8, module=module)
    np.testing.assert_array_equal(loaded(pictures()), model(pictures()))


def test_a_saved_polynet_still_shares_its_convolutions(tmp_path):
    model = applications.PolyNet(weights=None, depth=8)
    model.save(tmp_path / "model.keras")
    for copy in (keras.models.load_model(tmp_path / "model.keras"), keras.models.clone_model(model)):
        assert trainable(copy) == trainable(model)
        first, second = copy.get_layer("stage1_block1").fields
        assert first.layers[2] is second.layers[2]


def test_layout_of_hamiltonian_net74():
    model = applications.HamiltonianNet74(weights=None)
    units = [layer for layer in model.layers if isinstance(layer, layers.Hamiltonian)]
    assert [sum(unit.name.startswith(f"stage{stage}") for unit in units) for stage in (1, 2, 3)] == [7, 6, 5]
    assert {unit.step_size for unit in units} == {0.1}
    assert [layer.name for layer in units[0].f.layers + units[0].g.layers if isinstance(layer, layers.Shift)] == [
        units[0].g.layers[0].name
    ]


def test_layout_of_leapfrog_net26():
    model = applications.LeapfrogNet26(weights=None)
    assert [len(model.get_layer(f"stage{stage}_run").fields) for stage in (1, 2, 3)] == [5, 4, 3]


def test_the_symmetric_networks_change_width_in_each_half():
    model = applications.HamiltonianNet(weights=None, depth=14)
    u = np.random.default_rng(0).normal(size=(1, 4, 4, 32)).astype("float32")
    wider = np.asarray(model.get_layer("stage2_shortcut")(u))
    pooled = u.reshape(1, 2, 2, 2, 2, 32).mean(axis=(2, 4))
    for half, start in ((pooled[..., :16], 8), (pooled[..., 16:], 40)):
        np.testing.assert_allclose(wider[..., start : start + 16], half, rtol=1e-5, atol=1e-6)
    assert np.count_nonzero(wider) == pooled.size


@pytest.mark.slow
@pytest.mark.parametrize("tapered", [False, True])
def test_fractalnet_with_one_column_alive_is_that_column(tapered):
    model = applications.FractalNet(weights=None, depth=20, filters=8, tapered=tapered, drop_path=0.2, dropout=0.3)
    for variable in model.trainable_variables:
        variable.assign(variable + 0.01)
    for number in (1, 2, 3):
        u = pictures()
        for layer in model.layers[1:]:
            if isinstance(layer, layers.Fractal):
                u = layer(u, columns_alive=keras.ops.one_hot(number - 1, 3))
            elif not isinstance(layer, layers.ColumnMask):
                u = layer(u)
        alone = analysis.column(model, number)
        np.testing.assert_allclose(alone(pictures()), u, rtol=1e-5, atol=1e-6)
    deepest = analysis.column(model, -1)
    np.testing.assert_array_equal(deepest(pictures()), alone(pictures()))


@pytest.mark.slow
def test_a_column_is_plain_shares_weights_and_can_be_saved(tmp_path):
    model = applications.FractalNet(weights=None, depth=10, filters=4)
    alone = analysis.column(model, 1)
    shared = {id(variable) for variable in model.trainable_variables}
    assert {id(variable) for variable in alone.trainable_variables} < shared
    assert not any(isinstance(layer, layers.Fractal) for layer in alone.layers)
    alone.save(tmp_path / "column.keras")
    loaded = keras.models.load_model(tmp_path / "column.keras")
    np.testing.assert_array_equal(loaded(pictures()), alone(pictures()))


@pytest.mark.slow
def test_fractalnet_answers_with_every_column():
    model = applications.FractalNet(weights=None, depth=20, filters=4)
    answers = analysis.anytime(model)(pictures())
    assert list(answers) == ["column1", "column2", "column3", "whole"]
    for number in (1, 2, 3):
        expected = analysis.column(model, number)(pictures())
        np.testing.assert_allclose(answers[f"column{number}"], expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(answers["whole"], model(pictures()))


@pytest.mark.slow
def test_an_anytime_net_is_trained_and_saved(tmp_path):
    model = analysis.anytime(applications.FractalNet(weights=None, depth=10, filters=4, classes=3))
    model.compile("sgd", dict.fromkeys(("column1", "column2", "whole"), "sparse_categorical_crossentropy"))
    labels = dict.fromkeys(("column1", "column2", "whole"), np.array([0, 2]))
    history = model.fit(pictures(), labels, verbose=0).history
    assert {"column1_loss", "column2_loss", "whole_loss"} < set(history)
    model.save(tmp_path / "anytime.keras")
    loaded = keras.models.load_model(tmp_path / "anytime.keras")
    for name, answer in loaded(pictures()).items():
        np.testing.assert_array_equal(answer, model(pictures())[name])


def test_a_column_follows_the_graph_of_its_model():
    """Grey pictures, whose graph branches, and outputs that a user added."""
    grey = applications.FractalNet(weights=None, depth=5, filters=4, input_shape=(16, 16, 1), classes=3)
    x = pictures(size=16)[..., :1]
    np.testing.assert_allclose(analysis.column(grey, 1)(x), grey(x), rtol=1e-5, atol=1e-6)
    pooled = grey.layers[-2].output
    both = keras.Model(grey.input, [grey.output, keras.layers.ReLU()(pooled)])
    for one, other in zip(analysis.column(both, 1)(x), both(x), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
    stages = analysis.features(analysis.column(grey, 1))(x)
    for one, other in zip(stages, analysis.features(grey)(x), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_layout_of_tapered_fractalnet():
    """Widths of convolutions along the deepest column of a block, with the widenings before the joins."""
    block = applications.FractalNet(weights=None, depth=20, filters=8, tapered=True).get_layer("stage2_block1")
    deepest = [
        [(layer.filters, layer.kernel_size[0]) for layer in unit.layers if isinstance(layer, keras.layers.Conv2D)]
        for unit in block.column(3).layers[:4]
    ]
    assert deepest == [[(4, 1)], [(4, 3), (8, 1)], [(4, 1)], [(4, 3), (16, 1)]]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: applications.FractalNet(weights=None, depth=15), "depth=15"),
        (lambda: applications.FractalNet(weights=None, filters=6, tapered=True), "multiple of 4"),
        (lambda: analysis.column(applications.ResNet(weights=None, depth=8), 1), "no columns"),
        (lambda: analysis.column(applications.FractalNet(weights=None, filters=4), 4), "columns 1 to 3"),
        (lambda: applications.PolyNet(weights=None, module="poly2"), "Did you mean 'poly-2'"),
        (lambda: applications.RevNet(weights=None, depth=40), "nearest are 38 and 50"),
        (lambda: applications.RevNet56(), "Of RevNet-56 no weights are published"),
        (lambda: applications.RevNet104(weights="imagenet"), "pretrained/revnet-104.tar.gz, 23.10 % error.*checksum"),
        (lambda: applications.FractalNet34(), "nobody has published weights"),
        (lambda: applications.RevNetImageNet(weights=None, width=6), "multiple of 4"),
        (lambda: applications.FractalNetImageNet(weights=None, depth=20), "one of 6, 10, 18, 34. Received: depth=20"),
        (lambda: applications.IRevNet(weights=None, bottleneck=5), "must divide 24"),
        (lambda: applications.IRevNet301(weights=None, input_shape=(299, 224, 3)), "nearest to 299 are 288 and 320"),
        (lambda: applications.RevNet(weights=None, depth=160), "nearest are 158 and 164"),
        (lambda: applications.FractalNet(weights=None, depth=5, global_share=7), "global_share=7"),
        (lambda: analysis.column(keras.Sequential(), 1), "functional model"),
        (lambda: applications.HamiltonianNet(weights=None, step_size="h"), "step_size='h'"),
    ],
)
def test_arguments_that_fit_no_network(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.slow
def test_the_blocks_are_the_scheme_that_the_dictionary_names(row):
    """Besides it only forward Euler, where a block has no previous state."""
    model = row.function(weights=None, **row.several)
    used = {type(layer) for layer in model.layers if isinstance(layer, layers.Scheme)}
    named = row.function.describe(**row.several).scheme
    assert named in used
    assert used <= {named, layers.ForwardEuler}
