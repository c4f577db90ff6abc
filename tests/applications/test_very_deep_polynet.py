"""Very Deep PolyNet: modules and scales of the paper, and convolutions that stay shared."""

import keras
import numpy as np
import pytest

from zoo import applications, layers
from zoo.weights import keys
from zoo.weights.convert import imgclsmob_polynet

SHAPE = (75, 75, 3)
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def model():
    return applications.VeryDeepPolyNet(
        weights=None, modules="1-2-2", width=2, classes=3, input_shape=SHAPE, drop_path=0.2
    )


def test_modules_and_scales(model):
    modules = [layer for layer in model.layers if isinstance(layer, layers.Scheme)]
    assert [layer.name for layer in modules] == [
        f"stage{n}" for n in ("1_block1", "2_block2", "2_block3", "3_block2", "3_block3")
    ]
    assert [type(layer) for layer in modules] == [layers.ForwardEuler] + 2 * [layers.BackwardEuler, layers.ForwardEuler]
    scales = [getattr(layer, "scale", layer.step_size) for layer in modules]
    np.testing.assert_allclose(scales, [1, 0.925, 0.85, 0.775, 0.7])
    assert [len(layer.fields) for layer in modules if isinstance(layer, layers.BackwardEuler)] == [3, 3]


def _convolution_and_norm(model, place):
    """Of one of the three fields of the first poly-3 module, in its first path."""
    (path, *_) = model.get_layer("stage2_block2").fields[place].get_layer("paths").paths
    return path.get_layer("conv1"), path.get_layer("norm1")


def test_places_share_convolutions_and_have_normalizations_of_their_own_also_when_loaded(model, tmp_path):
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras", safe_mode=True)
    picture = applications.probe_picture(SHAPE)
    np.testing.assert_array_equal(loaded(picture), model(picture))
    for each in (model, loaded):
        convolutions, norms = zip(*(_convolution_and_norm(each, place) for place in range(3)), strict=True)
        assert len({id(layer) for layer in convolutions}) == 1
        assert len({id(layer) for layer in norms}) == 3
    assert keys.named_weights(loaded).keys() == keys.named_weights(model).keys()


def test_every_weight_has_a_gradient(model):
    import tensorflow as tf

    with tf.GradientTape() as tape:
        loss = keras.losses.sparse_categorical_crossentropy(np.array([1]), model(applications.probe_picture(SHAPE)))
    gradients = tape.gradient(loss, [variable.value for variable in model.trainable_variables])
    assert all(gradient is not None and np.isfinite(gradient).all() for gradient in gradients)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"modules": "10-20"}, "'10-20-10'. Received: modules='10-20'"),
        ({"modules": "1-3-2"}, "the last two even"),
        ({"modules": 40}, "modules=40"),
        ({"width": 3}, "width must be even"),
        ({"input_shape": (64, 64, 3)}, "from 75×75 pixels on. Received: 64×64"),
    ],
)
def test_arguments_that_do_not_fit(arguments, message):
    with pytest.raises(ValueError, match=message):
        applications.VeryDeepPolyNet(weights=None, **arguments)


def test_names_that_older_versions_of_tensorflow_wrote():
    names = {
        "features/poly_net/features/stage2/unit3/poly/pre_block_1/branches/branch1/conv_list/conv2/bn2/gamma:0": (
            "stage2_block4/poly/pre_block/path1/conv2/bn2/gamma"
        ),
        "stage1/stage1/unit10/twoway/res_block2/res_block2/branches/branch3/conv/conv/kernel:0": (
            "stage1_block10/twoway/res_block2/path3/conv1/conv/kernel"
        ),
        "stage3/unit6/twoway/res_block1/conv/bn/beta:0": "stage3_block11/twoway/res_block1/conv/bn/beta",
    }
    arrays = dict.fromkeys(names, np.zeros(1))
    assert list(imgclsmob_polynet.numbered(arrays)) == list(names.values())
