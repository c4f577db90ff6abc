"""The fractal block: its wiring, its columns, drop-path, and Heun's method as a special case."""

import itertools
import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from descriptors import ExactTime, heun

from zoo.layers import ColumnMask, Fractal, fractal_block, fractal_unit
from zoo.layers._fractal import wiring as _columns

SIZE = 4


def dense(size=SIZE, dtype="float64"):
    return keras.layers.Dense(size, "tanh", bias_initializer="glorot_normal", dtype=dtype)


def columns_of(make, count):
    return [[make() for _ in range(2**c)] for c in range(count)]


def picture(seed=0, shape=(3, 8, 8, 2)):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def constants(*values):
    """Columns whose last units have these values everywhere: they show which inputs the last join took."""
    columns = columns_of(keras.layers.Identity, len(values))
    for column, value in zip(columns, values, strict=True):
        column[-1] = keras.layers.Rescaling(0.0, value)
    return columns


def alive(count, *numbers):
    return np.isin(np.arange(1, count + 1), numbers).astype("float32")


def last_join(columns, z):
    """The inputs of the last join of the expansion rule, by recursion on f_{c+1} = f_c ∘ f_c ⊕ conv."""
    (conv,), *deeper = columns
    if not deeper:
        return [apply(conv, z)]
    first = [column[: len(column) // 2] for column in deeper]
    second = [column[len(column) // 2 :] for column in deeper]
    return [apply(conv, z), *last_join(second, np.mean(last_join(first, z), axis=0))]


def apply(unit, z):
    kernel, bias = unit.get_weights()
    return np.tanh(z @ kernel + bias)


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_expansion_rule(count):
    columns = columns_of(dense, count)
    u = np.random.default_rng(1).normal(size=(5, 3))
    outputs = Fractal(columns, dtype="float64")(u)
    inputs = last_join(columns, u)
    assert len(inputs) == count
    np.testing.assert_allclose(outputs, np.mean(inputs, axis=0), rtol=1e-12)


@pytest.mark.parametrize(("count", "joins"), [(1, []), (2, [2]), (3, [2, 3]), (4, [2, 3, 2, 4])])
def test_units_depth_and_inputs_of_the_joins(count, joins):
    """The joins are counted by hand: where two means meet they are one."""
    layer = Fractal(columns_of(keras.layers.Identity, count))
    assert len(layer.units) == 2**count - 1
    applied, met = [], []

    def longest(values, first, position):
        met.append(len(values))
        assert first == count - len(values) + 1
        return max(values)

    depth = _columns.expand(layer.units, None, 0, lambda unit, value: applied.append(unit) or value + 1, longest)
    assert depth == 2 ** (count - 1)
    assert met == joins
    assert {id(unit) for unit in applied} == {id(unit) for unit in layer.units}
    assert len(applied) == len(layer.units)


@pytest.mark.parametrize("count", [1, 3])
def test_a_column_alone_is_a_plain_network(count):
    x = picture()
    layer = fractal_block(4, count, dropout=0.0, drop_path=0.3)
    layer.build(x.shape)
    for number in range(1, count + 1):
        column = layer.column(number)
        assert type(column) is keras.Sequential
        assert len(column.layers) == 2 ** (number - 1) + 1
        before = layer.get_weights()
        got = layer(x, columns_alive=alive(count, number), training=True)
        statistics = [variable.numpy() for variable in column.non_trainable_variables]
        layer.set_weights(before)
        np.testing.assert_array_equal(column(x, training=True), got)
        for one, other in zip(column.non_trainable_variables, statistics, strict=True):
            np.testing.assert_array_equal(one, other)
        np.testing.assert_array_equal(column(x), layer(x, columns_alive=alive(count, number)))


def test_a_column_of_a_block_that_is_not_built():
    layer = fractal_block(4, 2)
    column = layer.column(2)
    outputs = column(picture())
    np.testing.assert_array_equal(layer(picture(), columns_alive=alive(2, 2)), outputs)


@pytest.mark.parametrize("numbers", [(1,), (2,), (3,), (1, 3), (1, 2, 3), ()])
def test_gradients_reach_living_columns_only(numbers):
    layer = fractal_block(4, 3, drop_path=0.0)
    with tf.GradientTape() as tape:
        outputs = layer(picture(), columns_alive=alive(3, *numbers), training=True)
        loss = tf.reduce_mean(tf.sin(outputs))
    gradients = tape.gradient(loss, layer.trainable_variables)
    sizes = {id(v): np.abs(g).max() for v, g in zip(layer.trainable_variables, gradients, strict=True)}
    for number in (1, 2, 3):
        for unit in _columns.chain(layer.units, number):
            kernel = sizes[id(unit.layers[0].kernel)]
            others = [sizes[id(variable)] for variable in unit.trainable_variables]
            if number in numbers or not numbers:
                assert kernel > 0
                assert np.isfinite(others).all()
            else:
                assert max(others) == 0
    assert all(np.isfinite(variable).all() for variable in layer.non_trainable_variables)


def test_a_dead_column_that_overflows_does_no_harm():
    layer = Fractal([[keras.layers.Identity()], [keras.layers.Identity(), keras.layers.Rescaling(math.inf)]])
    np.testing.assert_array_equal(layer(np.ones((1, 2)), columns_alive=alive(2, 1)), np.ones((1, 2)))


def draws(layer, number, **arguments):
    """What ``number`` calls in training return at the first entry."""
    u = tf.zeros((1, 1))
    call = tf.function(lambda: tf.reshape(layer(u, training=True, **arguments), (-1,))[0])
    return np.array([call().numpy() for _ in range(number)])


def chance(subset, inputs, rate):
    """The probability that exactly these of the inputs survive."""
    bernoulli = (1 - rate) ** len(subset) * rate ** (inputs - len(subset))
    return bernoulli + (rate**inputs / inputs if len(subset) == 1 else 0)


@pytest.mark.parametrize("rate", [0.15, 0.6])
def test_survivors_of_local_drop_path(rate):
    """Every input is dropped independently, and if all are one at random is kept."""
    values, number = (1.0, 10.0, 100.0), 3000
    got = draws(Fractal(constants(*values), drop_path=rate, seed=2), number)
    subsets = [s for size in (1, 2, 3) for s in itertools.combinations(values, size)]
    assert sum(chance(s, 3, rate) for s in subsets) == pytest.approx(1)
    counts = {s: np.isclose(got, np.mean(s)).sum() for s in subsets}
    assert sum(counts.values()) == number
    for subset, count in counts.items():
        p = chance(subset, 3, rate)
        assert abs(count - number * p) < 4.5 * math.sqrt(number * p * (1 - p))
    mean = sum(len(s) * count for s, count in counts.items()) / number
    expected = 3 * (1 - rate) + rate**3
    deviation = math.sqrt(sum(chance(s, 3, rate) * (len(s) - expected) ** 2 for s in subsets) / number)
    assert abs(mean - expected) < 4.5 * deviation


def test_joins_drop_independently():
    """Column 2 and 3 meet in the first join; column 3 carries its value to the last."""
    columns = constants(1.0, 0.0, 0.0)
    columns[1][0], columns[2][1] = keras.layers.Rescaling(0.0, 10.0), keras.layers.Rescaling(0.0, 30.0)
    columns[1][1], columns[2][3] = keras.layers.Identity(), keras.layers.Identity()
    number, rate = 2000, 0.5
    got = draws(Fractal(columns, drop_path=rate, seed=3), number)
    for first, p_first in (((10.0,), 3 / 8), ((30.0,), 3 / 8), ((10.0, 30.0), 1 / 4)):
        carried = np.mean(first)
        last = {1.0: chance((1,), 3, rate), carried: 2 * chance((1,), 3, rate) + chance((1, 2), 3, rate)}
        last |= {(1 + carried) / 2: 2 * chance((1, 2), 3, rate), (1 + 2 * carried) / 3: chance((1, 2, 3), 3, rate)}
        for value, p_last in last.items():
            p = p_last if value == 1.0 else p_first * p_last
            count = np.isclose(got, value).sum()
            assert abs(count - number * p) < 4.5 * math.sqrt(number * p * (1 - p))


def test_local_drop_path_keeps_one_of_the_living():
    layer = Fractal(constants(1.0, 10.0, 100.0), drop_path=0.9, seed=4)
    got = draws(layer, 300, columns_alive=alive(3, 1, 3))
    kinds = [np.isclose(got, value).sum() for value in (1.0, 50.5, 100.0)]
    assert sum(kinds) == 300
    assert min(kinds[0], kinds[2]) > 100


def test_drops_repeat_with_the_seed_and_stop_at_inference():
    one, other = (draws(Fractal(constants(1.0, 10.0), drop_path=0.5, seed=5), 30) for _ in range(2))
    np.testing.assert_array_equal(one, other)
    assert len(set(one)) == 3
    layer = Fractal(constants(1.0, 10.0), drop_path=0.5, seed=5)
    np.testing.assert_array_equal([layer(np.zeros((1, 1))) for _ in range(20)], np.full((20, 1, 1), 5.5))


def test_half_of_the_batches_have_one_column_and_it_is_uniform():
    layer, number = ColumnMask(3, seed=6), 2000
    call = tf.function(lambda: layer(tf.zeros((1, 1)), training=True))
    masks = np.array([call().numpy() for _ in range(number)])
    single = masks.sum(axis=1) == 1
    assert (masks[~single] == 1).all()
    assert set(masks[single].ravel()) == {0.0, 1.0}
    assert abs(single.sum() - number / 2) < 4 * math.sqrt(number / 4)
    for count in masks[single].sum(axis=0):
        assert abs(count - single.sum() / 3) < 4 * math.sqrt(single.sum() * 2 / 9)


@pytest.mark.parametrize(("share", "living"), [(0, 3), (1, 1)])
def test_all_or_none_of_the_batches_have_one_column(share, living):
    layer = ColumnMask(3, share, seed=7)
    for _ in range(20):
        assert keras.ops.sum(layer(picture(), training=True)) == living
        np.testing.assert_array_equal(layer(picture()), np.ones(3))


def network(mask, x):
    """Two blocks of three columns that share one mask."""
    u = fractal_block(4, 3, seed=1)(x, columns_alive=mask)
    return fractal_block(6, 3, seed=2)(u, columns_alive=mask)


def test_one_mask_makes_the_whole_network_one_column():
    x, mask = keras.Input((8, 8, 2)), keras.Input(batch_shape=(3,))
    model = keras.Model([x, mask], network(mask, x))
    blocks = [layer for layer in model.layers if isinstance(layer, Fractal)]
    for number in (1, 2, 3):
        u = picture()
        for layer in blocks:
            u = layer.column(number)(u)
        np.testing.assert_allclose(model([picture(), alive(3, number)]), u, rtol=1e-5, atol=1e-6)


@pytest.mark.slow
def test_a_network_with_a_column_mask_is_saved(tmp_path):
    x = keras.Input((8, 8, 2))
    model = keras.Model(x, network(ColumnMask(3, seed=3)(x), x))
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    for training in (False, True):
        np.testing.assert_array_equal(loaded(picture(), training=training), model(picture(), training=training))


def test_drop_path_compiles_with_xla():
    """XLA draws other numbers than TensorFlow, so what is checked is that every outcome occurs and no other."""
    mask, layer = ColumnMask(2, seed=3), Fractal(constants(1.0, 10.0), drop_path=0.4, seed=4)

    @tf.function(jit_compile=True)
    def step(u):
        alive = mask(u, training=True)
        with tf.GradientTape() as tape:
            tape.watch(u)
            outputs = layer(u, columns_alive=alive, training=True)
        return alive, outputs, tape.gradient(outputs, u)

    outcomes = set()
    for _ in range(60):
        living, outputs, gradient = step(tf.ones((1, 1)))
        outcomes.add((*living.numpy(), outputs.numpy().item()))
        assert np.isfinite(gradient)
    assert outcomes == {(1, 0, 1.0), (0, 1, 10.0), (1, 1, 1.0), (1, 1, 10.0), (1, 1, 5.5)}


@pytest.mark.parametrize("size", [8, 7])
def test_columns_are_pooled_before_the_last_join(size):
    x = picture(shape=(2, size, size, 1))
    layer = Fractal(columns_of(keras.layers.Identity, 3), pool=keras.layers.MaxPooling2D(2))
    layer.units[0] = keras.layers.Rescaling(-1.0)
    outputs = layer(x)
    half = size // 2
    windows = x[:, : 2 * half, : 2 * half].reshape(2, half, 2, half, 2, 1)
    expected = ((-windows).max(axis=(2, 4)) + 2 * windows.max(axis=(2, 4))) / 3
    np.testing.assert_allclose(outputs, expected, rtol=1e-6)
    assert layer.compute_output_shape((None, size, size, 1)) == (None, half, half, 1)


def test_units_and_blocks_of_the_paper():
    unit = fractal_unit(6, dropout=0.2, name="unit")
    kinds = [type(layer).__name__ for layer in unit.layers]
    assert kinds == ["Conv2D", "Dropout", "BatchNormalization", "ReLU"]
    assert unit.layers[1].rate == 0.2
    assert [type(layer).__name__ for layer in fractal_unit(6).layers] == [kinds[0], *kinds[2:]]
    layer = fractal_block(6, 4)
    assert layer(picture()).shape == (3, 4, 4, 6)
    assert fractal_block(6, 2, pool=1)(picture()).shape == (3, 8, 8, 6)
    first, later = 9 * 2 * 6 + 3 * 6, 9 * 6 * 6 + 3 * 6
    assert sum(math.prod(v.shape) for v in layer.trainable_variables) == 4 * first + 11 * later


def test_the_same_layer_twice_stays_shared():
    layer = heun(dense(dtype="float32"), 0.5)
    again = Fractal.from_config(layer.get_config())
    assert again.units[1] is again.units[2]
    again(np.ones((1, SIZE), "float32"))
    assert len(again.trainable_variables) == 2


def test_an_identity_beside_two_euler_steps_is_heun():
    f, h = dense(), 0.3
    u = np.random.default_rng(2).normal(size=(5, SIZE))
    got = heun(f, h, dtype="float64")(u)
    slope_0 = apply(f, u)
    np.testing.assert_allclose(got, u + h / 2 * (slope_0 + apply(f, u + h * slope_0)), rtol=1e-13)


def wrong_shapes(*sizes):
    units = [dense(size, "float32") for size in sizes]
    return Fractal([units[:1], units[1:3], units[3:]])(np.ones((1, 5), "float32"))


IDENTITY = keras.layers.Identity()
TWO = [[IDENTITY], [IDENTITY, IDENTITY]]


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Fractal([]), ValueError, "list of lists"),
        (lambda: Fractal(IDENTITY), ValueError, "list of lists"),
        (lambda: Fractal([IDENTITY]), ValueError, "Column 1 .* no list"),
        (lambda: Fractal([[IDENTITY], [IDENTITY]]), ValueError, "Column 2 .* 2 Keras layers.*Received: 1"),
        (lambda: Fractal([[IDENTITY], [IDENTITY] * 2, [IDENTITY] * 3]), ValueError, "Column 3 .* 4 .*Received: 3"),
        (lambda: Fractal([[abs]]), TypeError, "keras.layers.Layer"),
        (lambda: Fractal([[ExactTime(name="f")]]), TypeError, r"takes t.*ForwardEuler\(f\)"),
        (lambda: Fractal(TWO, pool=2), TypeError, "keras.layers.Layer"),
        (lambda: Fractal(TWO, drop_path=1.0), ValueError, "drop_path=1.0"),
        (lambda: Fractal(TWO, drop_path=-0.1), ValueError, "drop_path=-0.1"),
        (lambda: Fractal(TWO).column(0), ValueError, "number=0"),
        (lambda: Fractal(TWO).column(3), ValueError, "columns 1 to 2.*number=3"),
        (lambda: Fractal(TWO)(np.ones((1, 2)), columns_alive=np.ones(3)), ValueError, r"\(2,\).*\(3,\)"),
        (lambda: wrong_shapes(4, 4, 4, 3, 3, 4, 4), ValueError, r"unit 2 .*column 2 \(4,\), column 3 \(3,\)"),
        (lambda: wrong_shapes(3, 4, 4, 4, 4, 4, 4), ValueError, r"unit 4 .*column 1 \(3,\), column 2 \(4,\)"),
        (lambda: ColumnMask(0), ValueError, "columns=0"),
        (lambda: ColumnMask(3, 1.1), ValueError, "global_share=1.1"),
        (lambda: ColumnMask(3, "half"), ValueError, "global_share='half'"),
        (lambda: fractal_unit(4, dropout=1), ValueError, "dropout=1"),
        (lambda: fractal_block(4, 0), ValueError, "columns=0"),
        (lambda: fractal_block(4, 2, pool=0), ValueError, "pool=0"),
        (lambda: fractal_block(4, 2, drop_path=2), ValueError, "drop_path=2"),
    ],
)
def test_bad_input(make, error, message):
    with pytest.raises(error, match=message):
        make()
