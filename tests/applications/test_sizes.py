"""The families for ImageNet at its sizes, at odd and at open ones; and those that are made of parts of others."""

import keras
import numpy as np
import pytest
from descriptors import APPLICATIONS

from zoo import analysis, applications
from zoo.weights import keys

ROWS = {row.function.name: row for row in APPLICATIONS}
SIDES = {  # sides of the last map for pictures of 224, 299 and 97 pixels; None where they do not fit
    "RevNetImageNet": (7, 10, 4),
    "FractalNetImageNet": (7, 10, 4),
    "ODENet": (7, 10, 4),
    "IRevNet": (28, None, None),  # the small one, of two stages
}


@pytest.mark.parametrize("name", SIDES)
def test_sizes_of_the_last_map(name):
    row = ROWS[name]
    trunk = row.member(include_top=False, input_shape=(None, None, 3))
    channels = trunk.output_shape[-1]
    assert trunk.output_shape == (None, None, None, channels)
    for size, side in zip((224, 299, 97), SIDES[name], strict=True):
        shape = (1, size, size, 3)
        if side is not None:
            assert trunk.compute_output_shape(shape) == (1, side, side, channels)
            continue
        with pytest.raises(ValueError, match="multiples of 2.*Crop, pad or resize"):
            trunk(np.zeros(shape, "float32"))
        with pytest.raises(ValueError, match="must be a multiple of 8.*The nearest to"):
            row.member(input_shape=shape[1:])


@pytest.mark.slow
@pytest.mark.parametrize("row", [row for row in APPLICATIONS if row.alike], ids=lambda row: row.function.name)
def test_what_is_made_of_known_parts_is_whole(row, tmp_path):
    """It trains, goes through a file, has its stages, and its trunk stands on another tensor."""
    model = row.member(classes=3)
    x = np.random.default_rng(0).integers(0, 256, (3, *row.shape)).astype("float32")
    before = [variable.numpy() for variable in model.trainable_variables]
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy", run_eagerly=True)
    assert np.isfinite(model.fit(x, np.arange(3), verbose=0).history["loss"]).all()
    for old, variable in zip(before, model.trainable_variables, strict=True):
        assert not np.array_equal(old, variable), variable.path
    model.save(tmp_path / "model.keras")
    answers = np.asarray(model(x))
    np.testing.assert_array_equal(keras.models.load_model(tmp_path / "model.keras")(x), answers)
    features = analysis.features(model)
    assert [tuple(output.shape[1:]) for output in features.outputs] == list(row.states)
    darker = keras.layers.Rescaling(0.5)(keras.Input(row.shape))
    trunk = row.member(include_top=False, pooling="avg", input_tensor=darker, drop_path=0.2)
    named = keys.named_weights(trunk)
    keys.assign(named, {key: array for key, array in keys.arrays_of(model).items() if key in named}, model.name)
    pooled = keras.Model(model.input, model.get_layer("avg_pool").output)
    np.testing.assert_allclose(trunk(2 * x), pooled(x), rtol=1e-4, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("row", [row for row in APPLICATIONS if row.alike], ids=lambda row: row.function.name)
def test_half_precision_keeps_the_probabilities_in_float32(row):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = row.member(classes=3)
    finally:
        keras.config.set_dtype_policy("float32")
    answers = model(np.random.default_rng(0).integers(0, 256, (2, *row.shape)).astype("float32"))
    assert keras.backend.standardize_dtype(answers.dtype) == "float32"
    np.testing.assert_allclose(np.sum(answers, axis=-1), 1, rtol=1e-5)
    halves = {layer.compute_dtype for layer in model.layers if layer.name.startswith("stage")}
    assert halves == {"bfloat16"}


def test_the_trunk_of_a_fractal_network_for_imagenet_has_columns():
    model = applications.FractalNetImageNet(weights=None, depth=10, filters=4, classes=3, input_shape=(32, 32, 3))
    assert analysis.column(model, 2).output_shape == (None, 3)
