"""What layers say of themselves: fields, evaluations, method, halves, parts, configuration; each abstract or final."""

import inspect
import typing

import keras
import numpy as np
import pytest
from descriptors import FAMILIES, LAYERS, OWN_TABLEAU, ExactTime, dense, heun
from problems import Field, TimedField

from zoo import layers, numerics
from zoo.layers import halves
from zoo.layers._two_step_run import TwoStepRun

F64 = {"dtype": "float64"}
CLASSES = [each for each in vars(layers).values() if isinstance(each, type) and issubclass(each, keras.layers.Layer)]
SCHEMES = [each for each in CLASSES if issubclass(each, layers.Scheme) and not inspect.isabstract(each)]
every_layer = pytest.mark.parametrize("row", LAYERS, ids=lambda row: row.name)
every_scheme = pytest.mark.parametrize("scheme", SCHEMES, ids=lambda scheme: scheme.__name__)


def walked(layer, path=()):
    """Every layer inside with its path of names, by which a weight file would name it."""
    yield path, layer
    for name, part in layers.parts_of(layer).items():
        yield from walked(part, (*path, name))


# Abstract or final


@pytest.mark.parametrize("each", [*CLASSES, TwoStepRun], ids=lambda each: each.__name__)
def test_a_layer_is_abstract_or_final(each):
    if inspect.isabstract(each):
        with pytest.raises(TypeError, match="abstract"):
            each([keras.layers.Dense(4)])
    else:
        assert each.__final__


def test_every_abstract_class_is_known():
    assert {each.__name__ for each in CLASSES if inspect.isabstract(each)} == {"Composite", "Scheme"}


# Names


@every_layer
def test_two_builds_have_the_same_names_at_every_depth(row):
    first, second = ([path for path, _ in walked(row.create())] for _ in range(2))
    assert first == second


@every_layer
def test_parts_are_all_that_has_weights(row):
    layer = row.create()
    symbols = [keras.Input(shape) for shape in row.shapes]
    layer(symbols if len(symbols) > 1 else symbols[0])
    found = set()
    for _, part in walked(layer):
        inside = layers.parts_of(part)
        own = part._trainable_variables + part._non_trainable_variables if inside else part.weights
        found |= {id(variable) for variable in own}
    assert {id(variable) for variable in layer.weights} <= found


@pytest.mark.parametrize("row", FAMILIES, ids=lambda row: row.function.__name__)
def test_two_builds_of_a_network_have_the_same_names(row):
    first, second = (
        [path for layer in row.member().layers if layer.weights for path, _ in walked(layer, (layer.name,))]
        for _ in range(2)
    )
    assert first == second


def test_the_names_of_parts():
    a, b = keras.layers.Dense(4), keras.layers.Dense(4)
    assert layers.ForwardEuler(a).parts() == {"field": a}
    assert layers.ForwardEuler(a, shortcut=b).parts() == {"field": a, "shortcut": b}
    assert layers.Leapfrog([a]).parts() == {"field1": a}
    assert layers.BackwardEuler([a, b, a]).parts() == {"field1": a, "field2": b, "field3": a}
    assert layers.Hamiltonian(a, b).parts() == {"f": a, "g": b}
    assert layers.CouplingTransition(a, b, a, b).parts() == {"f": a, "g": b, "p": a, "q": b}
    assert list(layers.Reversible([(a, b), (b, a)]).parts()) == ["unit1/f", "unit1/g", "unit2/f", "unit2/g"]
    pool = keras.layers.MaxPooling2D()
    fractal = layers.Fractal([[a], [b, b]], pool=pool)
    assert fractal.parts() == {"column1/unit1": a, "column2/unit1": b, "column2/unit2": b, "pool": pool}
    assert list(layers.parts_of(layers.basic_branch(4, 2))) == (
        ["norm1", "relu1", "padding1", "conv1", "norm2", "relu2", "conv2"]
    )
    assert list(layers.parts_of(layers.time_branch(4))) == ["norm1", "conv1", "norm2", "conv2", "norm3"]


# Configurations


@every_layer
def test_the_configuration_has_every_argument(row):
    """An argument that get_config forgets would be lost in a file."""
    for _, layer in walked(row.create()):
        if type(layer).__module__.startswith("zoo."):
            own = inspect.signature(type(layer).__init__).parameters.values()
            names = {each.name for each in own if each.kind is not inspect.Parameter.VAR_KEYWORD} - {"self"}
            assert names - set(layer.get_config()) == set()


@pytest.mark.parametrize(
    "around",
    [
        lambda step, f: layers.BackwardEuler([step(), step()]),
        lambda step, f: layers.BackwardEuler([keras.Sequential([step(), step()]), f]),
        lambda step, f: layers.Fractal([[f], [step(), layers.BackwardEuler([step(), f])]]),
    ],
)
def test_a_layer_in_several_composites_inside_one_stays_shared(around, tmp_path):
    f = keras.Sequential([dense(), dense()])
    inputs = keras.Input((4,))
    model = keras.Model(inputs, around(lambda: layers.ForwardEuler(f, 0.5), f)(inputs))
    model.save(tmp_path / "model.keras")
    for again in (keras.models.clone_model(model), keras.models.load_model(tmp_path / "model.keras")):
        assert len(again.weights) == len(model.weights) == 4
    x = np.ones((2, 4), "float32")
    np.testing.assert_array_equal(again(x), model(x))


def test_every_public_layer_has_a_row():
    """A class in some row's layer or inside it; a function that makes layers in the name of a row."""
    used = {type(layer) for row in LAYERS for _, layer in walked(row.create())}
    classes = {each for each in CLASSES if not inspect.isabstract(each)}
    assert classes - used == set()
    words = {word for row in LAYERS for word in row.name.split()}
    functions = [each for each in vars(layers).values() if inspect.isfunction(each)]
    makers = {
        each.__name__
        for each in functions
        if isinstance(made := typing.get_type_hints(each).get("return"), type) and issubclass(made, keras.layers.Layer)
    }
    assert {"basic_branch", "polynet_module", "group_norm"} <= makers
    assert makers - {"fractal_block"} <= words


# Fields and evaluations


def calls(create, scheme_inputs=1):
    """The layer around fields that count, how often they are called, and the state."""
    fields = []

    def field():
        fields.append(Field(lambda u: 0.1 * u))
        return fields[-1]

    layer, u = create(field), np.ones((2, 4))
    layer(u if scheme_inputs == 1 else [u] * scheme_inputs)
    return layer, sum(len(f.points) for f in fields)


@pytest.mark.parametrize(
    ("create", "inputs"),
    [
        (lambda f: layers.ForwardEuler(f(), 0.1, 3, **F64), 1),
        (lambda f: layers.LinearMultistep(f(), k=0.1, **F64), 2),
        (lambda f: layers.RungeKutta(f(), "dopri5", 0.1, 2, **F64), 1),
        (lambda f: layers.BackwardEuler([f(), f(), f()], **F64), 1),
        (lambda f: layers.BackwardEuler([f()] * 2, **F64), 1),
        (lambda f: layers.Leapfrog([f(), f()], **F64), 1),
        (lambda f: layers.LeapfrogMidpoint([f()] * 3, **F64), 1),
        (lambda f: layers.Momentum([f(), f()], **F64), 1),
        (lambda f: layers.Parabolic(f(), 0.1, 4, **F64), 1),
        (lambda f: layers.Fractal([[f()], [f(), f()]], **F64), 1),
    ],
)
def test_evaluations_are_the_calls_of_the_fields(create, inputs):
    layer, called = calls(create, inputs)
    assert layer.evaluations == layer.count(np.ones((2, 4))) == called


@pytest.mark.parametrize("layer", [layers.Hamiltonian, lambda f, g: layers.Reversible([(f, g)] * 3)])
def test_evaluations_of_coupled_steps(layer):
    layer = layer(keras.layers.Dense(2), keras.layers.Dense(2))
    assert layer.evaluations == len(layer.fields) == 2 * layer.steps
    assert layer.field_shape((None, 4)) == (None, 2)


@pytest.mark.slow
@pytest.mark.parametrize("times", [None, [0.2, 0.5, 1.0]])
def test_evaluations_of_an_ode_layer(times):
    u = np.ones((2, 4))
    for solver in ("euler", "rk4", "dopri5", OWN_TABLEAU):
        grid = layers.ODE(ExactTime(**F64), solver=solver, steps=3, times=times, **F64)
        assert grid.evaluations == grid.count(u) == int(grid.integrate(u).evaluations)
        assert grid.method.order == numerics.TABLEAUS.get(solver, OWN_TABLEAU).order if isinstance(solver, str) else 2
    adaptive = layers.ODE(ExactTime(**F64), rtol=1e-6, times=times, **F64)
    assert adaptive.evaluations is None
    assert adaptive.count(u) == int(adaptive.integrate(u).evaluations) > 6
    assert layers.ODE(ExactTime(), augment=3).field_shape((None, 4)) == (None, 7)


# Methods


@every_scheme
def test_examples_are_of_their_class_and_of_different_methods(scheme):
    examples = scheme.examples()
    assert examples
    assert all(type(layer) is scheme for layer in examples.values())
    methods = [layer.method for layer in examples.values()]
    assert all(one != other for i, one in enumerate(methods) for other in methods[:i])


def test_what_is_no_integrator_has_no_method():
    f = keras.layers.Dense(4)
    assert layers.ForwardEuler(f, 0.5, 3).method is numerics.EULER
    assert layers.ForwardEuler(f, activation="relu").method is None
    assert layers.ForwardEuler(f, shortcut=keras.layers.Dense(4)).method is None
    assert layers.BackwardEuler([f, f], scale=0.3).method is None
    assert heun(f).method is numerics.HEUN
    euler = layers.ForwardEuler(f)
    identity = keras.layers.Identity()
    for columns, pool in (
        ([[f], [f, f]], None),
        ([[identity], [euler, layers.ForwardEuler(f)]], None),
        ([[identity], [layers.ForwardEuler(f, steps=2)] * 2], None),
        ([[identity], [euler, euler]], keras.layers.MaxPooling1D()),
        ([[identity]], None),
    ):
        assert layers.Fractal(columns, pool=pool).method is None


def test_the_method_of_a_two_step_layer_is_that_of_its_k():
    trained = layers.LinearMultistep(keras.layers.Dense(4))
    assert trained.method is None
    assert trained.coefficients == {}
    trained.build([(None, 4)] * 2)
    trained.k.assign(-0.25)
    assert trained.method == numerics.two_step(-0.25)
    assert trained.coefficients["k"] is trained.k
    assert layers.LinearMultistep(keras.layers.Dense(4), k=-1).method is numerics.LEAPFROG
    assert layers.LinearMultistep(keras.layers.Dense(4), k=-1).coefficients == {"k": -1}
    each = layers.LinearMultistep(keras.layers.Dense(4), per_channel=True)
    each.build([(None, 4)] * 2)
    assert each.method is None


def test_only_a_plain_euler_step_is_a_two_step_layer_with_k_0():
    f = keras.layers.Dense(4)
    euler = layers.ForwardEuler(f, 0.5, name="step")
    two_step = euler.two_step()
    u, before = np.ones((2, 4), "float32"), np.zeros((2, 4), "float32")
    np.testing.assert_array_equal(two_step([u, before]), euler(u))
    assert (two_step.name, two_step.fields) == ("step", [f])
    for other in (layers.ForwardEuler(f, 0.5, 2), layers.ForwardEuler(f, activation="relu"), layers.Momentum([f])):
        assert other.two_step() is None


# Halves and other methods


@pytest.mark.parametrize(
    ("create", "match"),
    [
        (lambda: layers.ODE(keras.layers.Dense(4), rtol=1e-4, name="flow"), "flow .*tighten rtol.*rtol=0.0001"),
        (lambda: layers.Fractal([[keras.layers.Dense(4)]], name="block"), "block is a Fractal"),
        (lambda: layers.ForwardEuler(keras.layers.Dense(4), activation="relu", name="step"), "step .*an activation"),
        (lambda: layers.ForwardEuler(keras.layers.Dense(4), shortcut=keras.layers.Dense(4)), "a shortcut"),
        (lambda: layers.ForwardEuler(TimedField(lambda t, u: t * u)), "takes time"),
        (lambda: layers.BackwardEuler([TimedField(lambda t, u: t * u)]), "takes time"),
    ],
)
def test_a_scheme_without_halves_says_why(create, match):
    with pytest.raises(ValueError, match=match):
        create().halved()


def test_an_ode_layer_on_a_grid_doubles_its_steps():
    layer = layers.ODE(ExactTime(**F64), solver="rk4", steps=3, augment=0, name="flow", **F64)
    u = np.ones((2, 4))
    layer(u)
    step = layer.halved()
    finer, _ = step(u)
    step.fill()
    finer, _ = step(u)
    (child,) = step.layers
    assert (child.name, child.steps, child.method) == ("flow", 6, numerics.RK4)
    assert 0 < np.abs(finer - layer(u)).max() < 1e-3


@every_scheme
def test_a_scheme_is_rediscretized_or_says_why_not(scheme):
    for layer in scheme.examples().values():
        if scheme in (layers.ODE, layers.RungeKutta):
            assert layer.rediscretized("heun", 3).method is numerics.HEUN
        else:
            with pytest.raises(ValueError, match=rf"differs from step to step.*{layer.name} \({scheme.__name__}\)"):
                layer.rediscretized("heun", 3)


def test_only_a_fractal_has_columns():
    assert layers.Fractal([[keras.layers.Dense(4)]]).columns == 1
    with pytest.raises(ValueError, match="has no columns"):
        layers.ForwardEuler(keras.layers.Dense(4)).column(1)


def test_keras_files_name_a_layer_by_the_attribute_that_holds_it(tmp_path):
    """Not by the property that collects it: files that exist have these names."""
    import h5py

    inputs = keras.Input((4,))
    model = keras.Model(inputs, layers.Reversible([(keras.layers.Dense(2), keras.layers.Dense(2))])(inputs))
    model.save_weights(tmp_path / "m.weights.h5")
    with h5py.File(tmp_path / "m.weights.h5") as file:
        assert set(file["layers/reversible"]) >= {"f", "g"}
        assert "fields" not in file["layers/reversible"]


@pytest.mark.slow
def test_copies_keep_what_is_trained():
    layer = layers.Momentum([keras.layers.Dense(4)], 0.5)
    layer.build((None, 4))
    layer.trainable = False
    other = halves.again(layer)
    other.build((None, 4))
    halves.copy_weights(layer, other)
    assert other.trainable_variables == []
