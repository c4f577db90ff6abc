"""Keys: positions in the network, whatever was built before, whatever integrates, with and without stochastic depth."""

import re
import subprocess
import sys

import keras
import numpy as np
import pytest
from descriptors import FAMILIES

from zoo import applications, layers
from zoo.weights import keys

NUMBERED = re.compile(
    r"(conv2d|dense|batch_normalization|group_normalization|sequential|re_lu|forward_euler|ode|runge_kutta)(_\d+)?"
)
every_family = pytest.mark.parametrize("row", FAMILIES, ids=lambda row: row.function.__name__)


def names(model):
    return list(keys.named_weights(model))


@pytest.mark.slow
@every_family
def test_two_builds_have_equal_keys_and_no_counter_of_keras(row):
    first = row.member()
    row.member()
    assert names(row.member()) == names(first)
    for key in names(first):
        for part in key.split("/")[:-1]:
            assert not NUMBERED.fullmatch(part), key
    assert len(names(first)) == len(first.weights)


@pytest.mark.slow
@every_family
def test_keys_with_and_without_drop_path_are_equal(row):
    import inspect

    if "drop_path" in inspect.signature(row.function).parameters:
        assert names(row.member(drop_path=0.3)) == names(row.member())


def test_a_flow_and_its_grid_have_equal_keys():
    flow = applications.ODENetMNIST(weights=None, filters=4)
    assert names(applications.ODENetMNIST(weights=None, filters=4, solver="rk4", steps=2)) == names(flow)
    assert "stage1/field/conv1/kernel" in names(flow)


@pytest.mark.slow
def test_keys_say_the_position():
    found = names(applications.LMResNet(weights=None))
    for key in ("stem/kernel", "stage1_block1/field/conv1/kernel", "stage1_block2/k", "predictions/bias"):
        assert key in found
    assert "stage2_run/unit1/f/norm1/gamma" in names(applications.RevNet(weights=None))
    assert "stage1_block1/column2/unit1/conv1/kernel" in names(applications.FractalNet(weights=None, filters=4))
    assert "stage1_run/field2/conv1/kernel" in names(applications.MomentumResNet(weights=None))


def test_a_shared_layer_appears_once():
    model = applications.PolyNet(weights=None, depth=8 + 6)
    found = keys.named_weights(model)
    assert len({id(variable) for variable in found.values()}) == len(found) == len(model.weights)
    assert "stage1_block1/field1/conv1/kernel" in found
    assert "stage1_block1/field2/conv1/kernel" not in found
    assert "stage1_block1/field2/norm1/gamma" in found


def test_states_of_random_generators_are_no_weights():
    model = applications.FractalNet(weights=None, filters=4, drop_path=0.2, dropout=0.3)
    assert not any("seed" in key for key in names(model))


def test_jax_names_weights_as_tensorflow_does():
    script = (
        "import zoo.applications as a; from zoo.weights import keys;"
        "print('\\n'.join(keys.named_weights(a.LMResNet(weights=None, depth=14, drop_path=0.1))))"
    )
    pytest.importorskip("jax")
    import os

    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "KERAS_BACKEND": "jax"},
    )
    assert done.stdout.split() == names(applications.LMResNet(weights=None, depth=14))


def test_layers_inside_keras_layers_have_keys():
    inputs = keras.Input((4, 3))
    rnn = keras.layers.Bidirectional(keras.layers.SimpleRNN(2), name="both")(inputs)
    model = keras.Model(inputs, keras.layers.Dense(1, name="top")(rnn))
    found = names(model)
    assert len(found) == len(model.weights)
    assert "both/forward_layer/cell/kernel" in found


def test_a_weight_that_no_layer_holds_is_named():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)], name="net")

    class Hiding(keras.layers.Layer):
        """Says that it has no parts."""

        def __init__(self):
            super().__init__(name="hiding")
            self.inner = model

        def parts(self):
            return {}

    layer = Hiding()
    found = keys.named_weights(layer)
    assert set(found) == {"kernel", "bias"}  # weights without a part are the layer's own
    layer.other = keras.layers.Dense(4)
    layer.other.build((None, 3))
    with pytest.raises(ValueError, match="Two weights have the position kernel"):
        keys.named_weights(layer)


# Assigning


def dense():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, name="top")])
    return keys.named_weights(model), keys.arrays_of(model)


def test_every_problem_is_named_and_nothing_is_assigned():
    variables, arrays = dense()
    before = {key: np.asarray(variable) for key, variable in variables.items()}
    wrong = {"top/kernel": np.zeros((3, 2), "float32"), "other/a": np.zeros(1), "other/b": np.zeros(1)}
    with pytest.raises(ValueError, match="does not fit") as caught:
        keys.assign(variables, wrong, "net")
    for part in ("missing: top/bias", "unknown: other/a, other/b", "top/kernel (3, 2) for (2, 3)"):
        assert part in str(caught.value)
    with pytest.raises(ValueError, match="not finite: top/bias"):
        keys.assign(
            variables, {**arrays, "top/kernel": arrays["top/kernel"] + 1, "top/bias": np.full(3, np.nan)}, "net"
        )
    for key, variable in variables.items():
        np.testing.assert_array_equal(variable, before[key])


def test_many_problems_stay_one_line_that_counts_them_by_layer():
    first, other = applications.ResNet(weights=None), applications.ResNet(weights=None, depth=26)
    with pytest.raises(ValueError, match="10 in stage1_block4") as caught:
        keys.copy(first, other)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


def test_copy_copies():
    first, other = (applications.ResNet(weights=None, depth=8) for _ in range(2))
    keys.copy(first, other)
    for key, array in keys.arrays_of(first).items():
        np.testing.assert_array_equal(keys.arrays_of(other)[key], array)


@pytest.mark.slow
def test_the_parts_of_a_layer_are_called_by_their_place():
    euler = layers.ForwardEuler(layers.basic_branch(4))
    euler.build((None, 8, 8, 4))
    assert names(euler)[0] == "field/norm1/gamma"
