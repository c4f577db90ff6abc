"""The same flow under another method: order, intervals, options, refusals, and the dial."""

import keras
import numpy as np
import pytest
from descriptors import ExactTime
from problems import slope

import zoo
from zoo import applications, layers, numerics
from zoo.analysis import work_precision as dial
from zoo.layers.field import evaluate
from zoo.serving.evaluate import top1

F64 = {"dtype": "float64"}
STEPS = 3


def field():
    return ExactTime(**F64)


MODELS = {
    "ODE": lambda: layers.ODE(field(), 0.0, 1.2, max_steps=2000, name="stage1", **F64),
    "ODE later": lambda: layers.ODE(field(), 0.4, -0.5, max_steps=2000, name="stage1", **F64),
    "RungeKutta": lambda: layers.RungeKutta(field(), "midpoint", 0.4, STEPS, name="stage1", **F64),
    "ForwardEuler": lambda: layers.ForwardEuler(field(), 0.4, STEPS, name="stage1", **F64),
}


def model_of(layer):
    inputs = keras.Input((4,), dtype="float64")
    outputs = layer(keras.layers.Dense(4, name="before", **F64)(inputs))
    return keras.Model(inputs, keras.layers.Dense(3, "softmax", name="after", **F64)(outputs), name="flow")


def batch(count=5):
    return np.random.default_rng(0).normal(size=(count, 4))


def tight(model):
    """The flow itself: adaptive steps at a tolerance far below the errors of the grids, most attempts unbounded."""
    flow = zoo.rediscretize(model, "tsit5", rtol=1e-9, atol=1e-9)
    config = {**flow.get_layer("stage1").get_config(), "max_steps": 2000}
    layer = layers.ODE.from_config(config)
    exact = model_of(layer)
    exact.set_weights(flow.get_weights())
    return exact


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        *(("ODE", name) for name in ("euler", "rk4")),
        *(("ODE later", name) for name in ("midpoint", "bosh3")),
        *(("RungeKutta", name) for name in ("midpoint", "rk4")),
        *(("ForwardEuler", name) for name in ("euler", "bosh3")),
    ],
)
def test_more_steps_converge_to_the_flow_at_the_order_of_the_method(kind, name):
    model, grids = model_of(MODELS[kind]()), (4, 8, 16)
    exact = np.asarray(tight(model)(batch()))
    errors = [np.linalg.norm(np.asarray(zoo.rediscretize(model, name, n)(batch())) - exact) for n in grids]
    assert slope(errors, grids) == pytest.approx(numerics.TABLEAUS[name].order, abs=0.3)


@pytest.mark.parametrize("kind", ["RungeKutta", "ForwardEuler"])
def test_the_method_that_it_has_changes_nothing(kind):
    model = model_of(MODELS[kind]())
    same = zoo.rediscretize(model, "midpoint" if kind == "RungeKutta" else "euler", STEPS)
    np.testing.assert_allclose(same(batch()), model(batch()), rtol=1e-12)
    stage = same.get_layer("stage1")
    assert isinstance(stage, layers.RungeKutta)
    assert stage.steps * stage.step_size == pytest.approx(1.2)
    flow = zoo.rediscretize(model).get_layer("stage1")
    assert isinstance(flow, layers.ODE)
    assert (flow.t0, flow.t1) == pytest.approx((0.0, 1.2))


def test_an_ode_layer_keeps_its_options():
    options = {"augment": 2, "per_sample": True, "max_steps": 9, "on_failure": "raise"}
    model = model_of(layers.ODE(keras.layers.Dense(6, **F64), 1.0, 3.0, name="stage1", **options, **F64))
    old, new = (each.get_layer("stage1").get_config() for each in (model, zoo.rediscretize(model, "heun", 5, name="n")))
    assert {key for key in old if old[key] != new[key]} == {"solver", "steps"}
    assert (new["solver"], new["steps"]) == ("heun", 5)


def test_weights_are_copied_and_not_shared(tmp_path):
    model = model_of(MODELS["ForwardEuler"]())
    new = zoo.rediscretize(model, "rk4", 2)
    assert (new.name, zoo.rediscretize(model, name="mine").name) == ("flow", "mine")
    before = np.asarray(new(batch()))
    for variable in model.trainable_variables:
        variable.assign(variable * 0.5)
    np.testing.assert_array_equal(new(batch()), before)
    new.save(tmp_path / "new.keras")
    np.testing.assert_array_equal(keras.models.load_model(tmp_path / "new.keras")(batch()), before)


def euler_of(**options):
    return layers.ForwardEuler(keras.layers.Dense(4, **F64), 0.5, name="stage1", **options, **F64)


@pytest.mark.parametrize(
    ("model", "match"),
    [
        (lambda: applications.ResNet(weights=None, depth=8), "stage1_block1 .ForwardEuler"),
        (lambda: applications.LMResNet(weights=None, depth=14), "from step to step"),
        (lambda: applications.RevNet(weights=None, depth=26), r"stage1_run \(Reversible\)"),
        (lambda: applications.PolyNet(weights=None, depth=8), r"stage1_block1 \(BackwardEuler\)"),
        (lambda: applications.FractalNet(weights=None, depth=5, filters=4), "Fractal"),
        (lambda: applications.ResNetMNIST(weights=None, filters=4), "stage1_block1"),
        (lambda: model_of(euler_of(steps=2, activation="relu")), r"stage1 \(ForwardEuler\)"),
        (lambda: model_of(keras.layers.Dense(4, **F64)), "flow has no stage"),
        (lambda: keras.Sequential(), "functional model"),
    ],
)
def test_models_whose_field_differs_from_step_to_step(model, match):
    with pytest.raises(ValueError, match=match):
        zoo.rediscretize(model())


class OwnStep(layers.Scheme):
    """A user's scheme: u⁺ = u + f(u)."""

    def __init__(self, f, **kwargs):
        super().__init__(**kwargs)
        self.f = f

    @property
    def fields(self):
        return [self.f]

    @property
    def method(self):
        return numerics.EULER

    def halved(self, silent=False):
        raise ValueError("not halved")

    @classmethod
    def examples(cls):
        return {}

    def call(self, u):
        return u + evaluate(self.f, 0.0, u)


@pytest.mark.parametrize(
    ("layer", "match"),
    [
        (lambda: model_of(MODELS["RungeKutta"]()), "inside another model"),
        (lambda: model_of(layers.ForwardEuler(field(), **F64)), "differs"),
        (lambda: OwnStep(field(), name="own", **F64), "differs"),
    ],
)
def test_steps_that_would_be_left_as_they_are(layer, match):
    inputs = keras.Input((4,), dtype="float64")
    outputs = layer()(keras.layers.Dense(4, **F64)(MODELS["ODE"]()(inputs)))
    with pytest.raises(ValueError, match=match):
        zoo.rediscretize(keras.Model(inputs, outputs))


def test_a_stage_that_is_called_twice():
    inputs, stage = keras.Input((4,), dtype="float64"), MODELS["RungeKutta"]()
    model = keras.Model(inputs, stage(stage(inputs)))
    same = zoo.rediscretize(model, "midpoint", STEPS)
    np.testing.assert_allclose(same(batch()), model(batch()), rtol=1e-12)
    assert len(same.trainable_variables) == len(model.trainable_variables)


@pytest.mark.slow
def test_an_answer_that_is_not_finite_is_never_right():
    model = model_of(layers.ODE(field(), max_steps=1, rtol=1e-9, atol=1e-9, name="stage1", **F64))
    labels = np.zeros(5, int)  # the class that argmax names among NaN
    (row,) = dial.dial(model, batch(), labels, [dial.Setting("dopri5", tolerance=1e-12)])
    assert np.isnan(row.change)
    assert row.accuracy == 0
    assert top1(model, batch(), labels).correct == 0


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"solver": "dopri"}, "Did you mean 'dopri5'"),
        ({"solver": "rk4"}, "steps=N"),
        ({"steps": 0}, "steps=0"),
        ({"rtol": 0.0}, "rtol"),
    ],
)
def test_arguments_that_fit_no_method(arguments, match):
    with pytest.raises(ValueError, match=match):
        zoo.rediscretize(model_of(MODELS["RungeKutta"]()), **arguments)


@pytest.mark.slow
def test_the_dial():
    model = model_of(MODELS["RungeKutta"]())
    labels = np.asarray(model(batch())).argmax(axis=1)
    settings = [
        dial.Setting("midpoint", STEPS),
        dial.Setting("rk4", 2),
        *(dial.Setting("dopri5", tolerance=tolerance) for tolerance in (1e-2, 1e-6)),
    ]
    same, rk4, loose, close = dial.dial(model, batch(), labels, settings)
    assert (same.change, same.accuracy, same.evaluations) == (pytest.approx(0, abs=1e-12), 100, 2 * STEPS)
    assert rk4.evaluations == 8
    assert loose.evaluations < close.evaluations
    assert 0 < close.change < 0.1
    flow = zoo.rediscretize(model, rtol=1e-6, atol=1e-6)
    stage = flow.get_layer("stage1")
    counts = [stage.integrate(keras.Model(flow.input, stage.input)(u)).evaluations for u in (batch()[:3], batch()[3:])]
    assert dial.evaluations(flow, batch(), batch_size=3) == np.mean(counts)
    assert dial.dial(model, batch(), settings=settings[:1])[0].accuracy is None
    assert dial.dial(model, batch(), labels[:, None], settings[:1])[0].accuracy == 100
    assert dial.evaluations(model_of(MODELS["ForwardEuler"]()), batch()) == STEPS


@pytest.mark.slow
def test_show_dial(run, monkeypatch):
    monkeypatch.setattr(dial, "SETTINGS", (dial.Setting("midpoint", 2), dial.Setting("dopri5", tolerance=1e-1)))
    code, out, _ = run("show", "rknet_mnist", "--dial")
    assert code == 0
    assert "midpoint, 2 step(s)" in out
    assert "rtol = atol = 1e-01" in out
    code, _, error = run("show", "lm_resnet20-cifar10", "--dial")
    assert code == 1
    assert "differs from step to step" in " ".join(error.split())
