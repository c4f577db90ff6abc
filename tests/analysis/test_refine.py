"""Adaptive depth: the same function with twice the steps, within the method's bound, and where depth pays."""

import keras
import numpy as np
import pytest

from zoo import applications, layers
from zoo.analysis.refinement import change, refine
from zoo.analysis.truncation_error import by_stage, truncation
from zoo.layers import halves

GROWTH = 0.4


def pictures(batch=2, size=32):
    return np.random.default_rng(0).integers(0, 256, (batch, size, size, 3)).astype("float32")


def away(model):
    """The model with weights and statistics away from their initial values."""
    generator = np.random.default_rng(1)
    for variable in model.weights:
        noise = generator.uniform(0.01, 0.05, variable.shape)
        variable.assign(variable * (1 + noise) + (0 if variable.name == "kernel" else noise))
    return model


def matrix(seed):
    """A linear field of norm ``GROWTH`` on four numbers."""
    a = np.random.default_rng(seed).normal(size=(4, 4))
    return keras.layers.Dense(
        4,
        use_bias=False,
        kernel_initializer=keras.initializers.Constant(GROWTH * a / np.linalg.norm(a, 2)),
        dtype="float64",
    )


F64 = {"dtype": "float64"}
STAGES = {
    "ForwardEuler": lambda u, h, n: chain(u, n, lambda i: layers.ForwardEuler(matrix(0), h, **F64)),
    "ForwardEuler steps": lambda u, h, n: layers.ForwardEuler(matrix(0), h, n, **F64)(u),
    "RungeKutta": lambda u, h, n: chain(u, n, lambda i: layers.RungeKutta(matrix(0), "midpoint", h, **F64)),
    "BackwardEuler": lambda u, h, n: chain(u, n, lambda i: layers.BackwardEuler(2 * [matrix(0)], h, **F64)),
    "Parabolic": lambda u, h, n: chain(u, n, lambda i: layers.Parabolic(matrix(0), h, **F64)),
    "LeapfrogMidpoint": lambda u, h, n: layers.LeapfrogMidpoint([matrix(0) for _ in range(n)], h, **F64)(u),
    "Leapfrog": lambda u, h, n: layers.Leapfrog([matrix(0) for _ in range(n)], h, **F64)(u),
    "Momentum": lambda u, h, n: layers.Momentum([matrix(0) for _ in range(n)], 0.5, h, **F64)(u),
    "LinearMultistep": lambda u, h, n: multistep(u, h, n),
    "Reversible": lambda u, h, n: layers.Reversible([(half(0), half(1)) for _ in range(n)], h, **F64)(u),
    "Hamiltonian": lambda u, h, n: chain(u, n, lambda i: layers.Hamiltonian(half(0), half(1), h, **F64)),
}
ORDERS = {"RungeKutta": 2, "LeapfrogMidpoint": 2, "Leapfrog": 2}


def half(seed):
    return keras.layers.Dense(
        2, use_bias=False, kernel_initializer=keras.initializers.Constant([[0.1, 0.3 * seed], [-0.2, 0.2]]), **F64
    )


def chain(u, n, create):
    for i in range(n):
        u = create(i)(u)
    return u


def multistep(u, h, n):
    previous, u = u, layers.ForwardEuler(matrix(0), h / 1.3, **F64)(u)
    for _ in range(n - 1):
        previous, u = u, layers.LinearMultistep(matrix(0), h, k=0.3, **F64)([u, previous])
    return u


def linear(name, h=0.5, n=4):
    inputs = keras.Input((4,), dtype="float64")
    return keras.Model(inputs, STAGES[name](inputs, h, n), name="linear")


@pytest.mark.slow
@pytest.mark.parametrize("name", STAGES)
def test_the_function_changes_by_the_truncation_error_of_the_method(name):
    """Every refinement halves the distance to the next, or quarters it for a method of order 2."""
    u = np.random.default_rng(3).normal(size=(5, 4))
    models = [linear(name)]
    for _ in range(4):
        models.append(refine(models[-1]))
    values = [np.asarray(model(u)) for model in models]
    changes = [np.linalg.norm(one - other) for one, other in zip(values[1:], values[2:], strict=False)]
    order = ORDERS.get(name, 1)
    assert np.log2(changes[-2] / changes[-1]) == pytest.approx(order, abs=0.25)


def test_the_bound_of_forward_euler_on_a_linear_stage():
    """‖(I + hA)ⁿ − (I + hA/2)²ⁿ‖ ≤ n h²‖A‖²/4 (1 + h‖A‖/2)^(2n − 2), since one step differs by (hA)²/4."""
    h, n = 0.5, 4
    model = linear("ForwardEuler", h, n)
    u = np.eye(4)
    difference = np.linalg.norm(np.asarray(refine(model)(u)) - np.asarray(model(u)), 2)
    bound = n * (h * GROWTH) ** 2 / 4 * (1 + h * GROWTH / 2) ** (2 * n - 2)
    assert 0.05 * bound < difference <= bound


def test_a_constant_field_keeps_the_function_exactly():
    inputs = keras.Input((4,))

    def euler(_):
        return layers.ForwardEuler(keras.layers.Dense(4, kernel_initializer="zeros", bias_initializer="ones"), 0.5)

    model = keras.Model(inputs, chain(inputs, 3, euler))
    u = np.ones((2, 4), "float32")
    np.testing.assert_array_equal(refine(model)(u), model(u))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("application", "depth", "steps"),  # of the second stage, refined: one of them new
    [(applications.ResNet, 14, 4), (applications.RevNet, 26, 4), (applications.MomentumResNet, 14, 4)],
)
def test_a_new_step_after_a_change_of_width_keeps_the_function_exactly(application, depth, steps):
    """With the fields of all other steps at zero only changes of width act."""
    model = away(application(weights=None, depth=depth, classes=3))
    for layer in model.layers:
        if isinstance(layer, layers.Scheme):
            for _, old in layer.halved().weights_from:
                halves.silence(old.f if isinstance(old, layers.ForwardEuler) else old)
    refined = refine(model)
    np.testing.assert_allclose(refined(pictures()), model(pictures()), rtol=1e-5, atol=1e-6)
    assert {stage: count for stage, (count, _) in by_stage(truncation(refined, pictures())).items()}[2] == steps - 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("application", "shallow", "deep"),
    [
        (applications.ResNet, {"depth": 14}, {"depth": 26, "step_size": 0.5}),
        (applications.MomentumResNet, {"depth": 14}, {"depth": 26, "step_size": 0.5, "gamma": 0.95}),
        (applications.PolyNet, {"depth": 14}, {"depth": 26, "step_size": 0.5}),
    ],
)
def test_a_refined_network_is_a_member_of_its_family(application, shallow, deep, tmp_path):
    model = away(application(weights=None, **shallow))
    refined = refine(model)
    refined.save_weights(tmp_path / "refined.weights.h5")
    member = application(weights=tmp_path / "refined.weights.h5", **deep)
    np.testing.assert_allclose(member(pictures()), refined(pictures()), rtol=1e-5, atol=1e-6)


def test_weights_and_statistics_go_to_both_children_and_nothing_is_shared():
    model = away(applications.ResNet(weights=None, depth=14))
    refined = refine(model, name="finer")
    assert refined.name == "finer"
    for child in ("stage1_block3", "stage1_block4"):
        layer = refined.get_layer(child)
        assert layer.step_size == 0.5
        for one, other in zip(layer.weights, model.get_layer("stage1_block2").weights, strict=True):
            np.testing.assert_array_equal(one, other)
    before = np.asarray(model(pictures()))
    for variable in refined.trainable_variables:
        variable.assign(variable * 0.5)
    np.testing.assert_array_equal(model(pictures()), before)


def test_a_shared_field_stays_shared():
    inputs = keras.Input((4,))
    f = keras.layers.Dense(4)
    refined = refine(keras.Model(inputs, layers.Leapfrog([f, f, keras.layers.Dense(4)], 0.1)(inputs)))
    fields = refined.layers[-1].fields
    assert len(fields) == 6
    assert len({id(each) for each in fields}) == 3


@pytest.mark.slow
@pytest.mark.parametrize(
    ("application", "keywords"),
    [
        (applications.LMResNet, {"depth": 20}),
        (applications.PolyNet, {"depth": 14}),
        (applications.HamiltonianNet, {"depth": 26}),
        (applications.LeapfrogNet, {"depth": 14}),
        (applications.RevNet, {"depth": 26}),
        (applications.LMResNeXt, {"depth": 29, "groups": 2, "width": 2}),
    ],
)
def test_other_networks_can_be_refined_saved_and_trained(application, keywords, tmp_path):
    model = away(application(weights=None, classes=3, **keywords))
    refined = refine(model)
    assert change(model, refined, pictures(4)).relative < 0.5
    refined.save(tmp_path / "refined.keras")
    loaded = keras.models.load_model(tmp_path / "refined.keras")
    np.testing.assert_array_equal(loaded(pictures()), refined(pictures()))
    loaded.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=True)  # compiling takes longer
    history = loaded.fit(pictures(4), np.arange(4) % 3, batch_size=4, verbose=0)
    assert np.isfinite(history.history["loss"]).all()


@pytest.mark.slow
def test_a_silent_step_can_be_trained():
    refined = refine(applications.ResNet(weights=None, depth=14, classes=3))
    kernel = refined.get_layer("stage2_block2").f.layers[-1].kernel
    assert not np.asarray(kernel).any()
    refined.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=True)
    refined.fit(pictures(4), np.arange(4) % 3, batch_size=4, verbose=0)
    assert np.asarray(kernel).any()


@keras.saving.register_keras_serializable(package="tests")
class OfTime(keras.layers.Layer):
    def call(self, t, u):
        return t * u

    def compute_output_shape(self, t_shape, u_shape):
        return u_shape


def test_what_cannot_be_refined():
    inputs = keras.Input((4,))
    with pytest.raises(ValueError, match="Received: mlp, which has none"):
        refine(keras.Model(inputs, keras.layers.Dense(2)(inputs), name="mlp"))
    with pytest.raises(ValueError, match="stage1_block1 is a Fractal, whose columns differ"):
        refine(applications.FractalNet(weights=None, depth=5, filters=16))
    with pytest.raises(ValueError, match="takes time"):
        refine(keras.Model(inputs, layers.ForwardEuler(OfTime(), 0.5)(inputs)))
    model = keras.Model(inputs, layers.ForwardEuler(OfTime(), 0.5, 2)(inputs))
    assert refine(model).layers[-1].steps == 4
    with pytest.raises(ValueError, match="Received: mlp, which has none"):
        truncation(keras.Model(inputs, keras.layers.Dense(2)(inputs), name="mlp"), np.zeros((1, 4)))


@pytest.mark.parametrize("function", [refine, lambda model: truncation(model, np.zeros((1, 4)))])
def test_only_functional_models_are_followed(function):
    for model in (keras.Sequential([keras.Input((4,)), layers.ForwardEuler(keras.layers.Dense(4))]), "resnet20"):
        with pytest.raises(ValueError, match="functional model"):
            function(model)


def test_a_layer_that_is_called_twice_is_refused():
    inputs, euler = keras.Input((4,)), layers.ForwardEuler(keras.layers.Dense(4), name="twice")
    with pytest.raises(ValueError, match="twice is called twice"):
        refine(keras.Model(inputs, euler(euler(inputs))))


def test_truncation_refuses_half_precision():
    model = applications.ResNet(weights=None, depth=14)
    half = keras.models.clone_model(model, clone_function=lambda layer: in_bfloat16(layer))
    with pytest.raises(ValueError, match="stage1_block1 computes in bfloat16"):
        truncation(half, pictures())


def in_bfloat16(layer):
    return type(layer).from_config({**layer.get_config(), "dtype": "mixed_bfloat16"})


@pytest.mark.parametrize("kind", [layers.Leapfrog, layers.LeapfrogMidpoint])
def test_a_special_start_stays_that_of_the_first_real_step(kind):
    """A new step without a field before it would use it up, also after a layer named as a change of width."""
    inputs = keras.Input((4,), dtype="float64")

    def model(start):
        return keras.Model(inputs, kind([matrix(0), matrix(1)], 0.1, **F64)(start))

    plain = model(inputs)
    widened = model(keras.layers.Add(name="stage2_block1", **F64)([inputs, keras.layers.Rescaling(0.0, **F64)(inputs)]))
    widened.set_weights(plain.get_weights())
    u = np.random.default_rng(0).normal(size=(3, 4))
    np.testing.assert_allclose(refine(widened)(u), refine(plain)(u), rtol=1e-12)


def test_only_changes_of_width_get_a_new_step():
    inputs = keras.Input((4,))
    added = keras.layers.Add()([inputs, inputs])
    refined = refine(keras.Model(inputs, layers.ForwardEuler(keras.layers.Dense(4), name="step")(added)))
    assert [layer.name for layer in refined.layers if isinstance(layer, layers.ForwardEuler)] == ["step_1", "step_2"]


@pytest.mark.slow
def test_momentum_without_momentum_is_refined_as_forward_euler():
    euler, momentum = (
        away(application(weights=None, depth=14, **options))
        for application, options in ((applications.ResNet, {}), (applications.MomentumResNet, {"gamma": 0.0}))
    )
    momentum.set_weights(euler.get_weights())
    np.testing.assert_allclose(refine(momentum)(pictures()), refine(euler)(pictures()), rtol=1e-4, atol=1e-5)


@pytest.mark.slow
def test_one_field_for_both_halves_and_frozen_runs():
    inputs, f = keras.Input((4,)), keras.layers.Dense(2)
    model = keras.Model(inputs, layers.Hamiltonian(f, f, 0.1)(inputs))
    assert len(refine(model).trainable_variables) == 2 * len(model.trainable_variables)
    model = applications.MomentumResNet(weights=None, depth=14)
    model.get_layer("stage2_run").trainable = model.get_layer("stem").trainable = False
    refined = refine(model)
    trained = {name: len(refined.get_layer(name).trainable_variables) for name in ("stage2_run", "stem", "stage3_run")}
    assert trained == {"stage2_run": 0, "stem": 0, "stage3_run": 18}


def test_truncation_error_of_a_linear_step():
    """One Euler step of h against two of h/2 differs by (hA)²/4 u."""
    inputs = keras.Input((4,), dtype="float64")
    h = 0.5
    model = keras.Model(inputs, layers.ForwardEuler(matrix(0), h, name="stage2_block1", **F64)(inputs))
    u = np.random.default_rng(0).normal(size=(3, 4))
    (row,) = truncation(model, u)
    a = h * np.asarray(model.layers[-1].f.kernel)
    new = u + u @ a
    assert row.error == pytest.approx(np.linalg.norm(u @ a @ a / 4) / np.linalg.norm(new), rel=1e-6)
    assert row.movement == pytest.approx(np.linalg.norm(u @ a) / np.linalg.norm(new), rel=1e-6)
    assert (row.layer, row.stage, row.steps) == ("stage2_block1", 2, 1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("application", "depth"),
    [
        (applications.ResNet, 14),
        (applications.LMResNet, 20),
        (applications.RevNet, 26),
    ],
)
def test_truncation_falls_in_a_refined_network(application, depth):
    model = application(weights=None, depth=depth)
    before, after = (by_stage(truncation(each, pictures())) for each in (model, refine(model)))
    assert set(before) == {1, 2, 3}
    for stage, (steps, error) in before.items():
        assert after[stage][0] >= 2 * steps
        assert after[stage][1] < 0.8 * error
