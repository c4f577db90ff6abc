"""The instruments of a training: each against a direct computation, and what is logged."""

import csv

import keras
import numpy as np
import pytest
import tensorflow as tf
from descriptors import ExactTime

from zoo import analysis, layers

IMAGES = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")


def dense(size=4, scale=1.0, seed=0):
    return keras.layers.Dense(
        size, "tanh", kernel_initializer=keras.initializers.RandomNormal(stddev=scale, seed=seed), dtype="float64"
    )


def model_of(*steps, head=True, size=4, dtype="float64"):
    """The steps one after the other; those from two states get the two last ones."""
    u = inputs = keras.Input((size,), dtype=dtype)
    before = keras.layers.Rescaling(0.5, dtype=dtype)(inputs)
    for step in steps:
        before, u = u, step([u, before] if isinstance(step, layers.LinearMultistep) else u)
    return keras.Model(inputs, keras.layers.Dense(3, "softmax", name="predictions", dtype=dtype)(u) if head else u)


def jacobian(model, x):
    """The dense Jacobian of a model at one input."""
    x = tf.constant(x[None])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = model(x, training=False)
    return tape.jacobian(y, x).numpy()[0, :, 0]


def turning(angle, scale):
    """A field whose Euler step of h = 1 turns a plane by an angle and shrinks the others."""
    c, s = scale * np.cos(angle), scale * np.sin(angle)
    matrix = np.diag([c, c, 0.3, 0.2])
    matrix[0, 1], matrix[1, 0] = -s, s
    return keras.layers.Dense(
        4, use_bias=False, kernel_initializer=keras.initializers.Constant(matrix - np.eye(4)), dtype="float64"
    )


STEPS = {
    "Euler": lambda: layers.ForwardEuler(dense(), name="step", dtype="float64"),
    "a rotation": lambda: layers.ForwardEuler(turning(0.7, 0.9), name="step", dtype="float64"),
    "all of several": lambda: layers.RungeKutta(dense(seed=3), "midpoint", 0.5, 3, name="step", dtype="float64"),
    "reversible": lambda: layers.Reversible([(dense(2), dense(2, seed=1))], name="step", dtype="float64"),
}


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS.keys())
def test_spectral_radius_is_that_of_the_dense_jacobian(step):
    model = model_of(step(), head=False)
    radii = analysis.spectral_radii(model, IMAGES, iterations=60)["step"]
    expected = [np.abs(np.linalg.eigvals(jacobian(model, x))).max() for x in IMAGES.astype("float64")]
    np.testing.assert_allclose(radii, expected, rtol=2e-3)


def test_spectral_radius_of_a_flow_is_that_of_the_exponential():
    """e¹ for a linear field of the eigenvalues 1, −1, −2, −3."""
    kernel = keras.initializers.Constant(np.diag([1.0, -1.0, -2.0, -3.0]) + np.triu(np.ones((4, 4)), 1))
    f = keras.layers.Dense(4, use_bias=False, kernel_initializer=kernel, dtype="float64")
    model = model_of(layers.ODE(f, rtol=1e-6, atol=1e-6, name="flow", dtype="float64"), head=False)
    np.testing.assert_allclose(analysis.spectral_radii(model, IMAGES, iterations=10)["flow"], np.e, rtol=1e-4)


def test_spectral_radius_of_a_step_from_two_states():
    """The companion matrix [[(1 − k) I + h J, k I], [I, 0]]."""
    f = dense(scale=0.5)
    model = model_of(layers.LinearMultistep(f, 0.5, k=-0.4, name="step", dtype="float64"), head=False)
    radii = analysis.spectral_radii(model, IMAGES, iterations=60)["step"]
    for x, radius in zip(IMAGES.astype("float64"), radii, strict=True):
        slope = jacobian(keras.Sequential([keras.Input((4,), dtype="float64"), f]), x)
        companion = np.block([[1.4 * np.eye(4) + 0.5 * slope, -0.4 * np.eye(4)], [np.eye(4), np.zeros((4, 4))]])
        assert radius == pytest.approx(np.abs(np.linalg.eigvals(companion)).max(), rel=2e-3)


def test_truncation_is_that_of_a_linear_field():
    """``(1 + z)u`` against ``(1 + z/2)²u``: z²/4 of the state at the start."""
    decay = keras.layers.Rescaling(-0.6, dtype="float64")
    model = model_of(layers.ForwardEuler(decay, step_size=0.5, name="stage1_block1", dtype="float64"))
    read = analysis.Instruments(IMAGES, ["truncation"]).readings(model)
    assert read == {"truncation/stage1": pytest.approx(0.3**2 / 4 / (1 - 0.3))}


def test_reconstruction_is_that_of_the_inverse_by_hand():
    f, g = dense(2, scale=3.0), dense(2, scale=3.0, seed=1)
    run = layers.Reversible([(f, g)] * 6, name="run", dtype="float32")
    model = model_of(run, dtype="float32")
    x = IMAGES
    x1, x2 = np.split(run(x).numpy(), 2, axis=1)
    for _ in range(6):
        x2 = x2 - g(x1).numpy().astype("float32")
        x1 = x1 - f(x2).numpy().astype("float32")
    expected = np.linalg.norm(np.concatenate([x1, x2], 1) - x) / np.linalg.norm(x)
    got = analysis.reconstruction_errors(model, x)["run"]
    assert 1e-9 < got < 1e-4
    assert got == pytest.approx(expected, rel=0.5)
    forgetful = model_of(layers.LinearMultistep(dense(), k=0, name="forgets", dtype="float64"))
    assert analysis.reconstruction_errors(forgetful, x) == {"forgets": np.inf}


def test_solver_work_is_that_of_the_solve():
    flow = layers.ODE(ExactTime(dtype="float64"), 0.4, -0.8, rtol=1e-4, atol=1e-4, name="flow", dtype="float64")
    model = model_of(flow)
    [work] = analysis.solver_work(model, IMAGES)
    solution = flow.integrate(IMAGES.astype("float64"))
    assert work.evaluations == flow.count(IMAGES.astype("float64")) > 6
    assert work.accepted == int(solution.accepted) > 1
    assert work.step_size == pytest.approx(1.2 / int(solution.accepted))
    read = analysis.Instruments(IMAGES, ["nfe"]).readings(model)
    assert read == {"nfe/flow": work.evaluations, "step_size/flow": work.step_size}


def test_label_changes_are_those_of_twice_the_grid():
    def build(steps):
        keras.utils.set_random_seed(0)
        return model_of(layers.ForwardEuler(dense(scale=4.0), 2.0 / steps, steps, name="step", dtype="float64"))

    images = np.random.default_rng(1).normal(size=(64, 4))
    one, other = (build(steps).predict(images, verbose=0).argmax(1) for steps in (2, 4))
    expected = sum(a != b for a, b in zip(one, other, strict=True)) / 64
    assert 0 < expected < 1
    assert analysis.label_changes(build(2), images) == expected


def trained(callbacks, epochs=3):
    keras.utils.set_random_seed(0)
    step = layers.LinearMultistep(dense(), name="stage1_block1", dtype="float64")
    model = model_of(step)
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
    history = model.fit(IMAGES, np.arange(3), epochs=epochs, verbose=0, callbacks=callbacks)
    return model, history.history


def test_a_training_logs_them_and_stays_the_same(tmp_path):
    instruments = analysis.Instruments(IMAGES, every=2)
    after = [instruments, keras.callbacks.CSVLogger(tmp_path / "log.csv"), keras.callbacks.TensorBoard(tmp_path)]
    model, history = trained(after)
    alone, _ = trained([])
    for one, other in zip(model.get_weights(), alone.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    names = ["k", "spectral_radius", "reconstruction"]
    assert {f"{name}/stage1_block1" for name in names} | {"truncation/stage1", "label_changes"} == set(history) - {
        "loss"
    }
    k = history["k/stage1_block1"]
    assert k[2] == pytest.approx(float(model.get_layer("stage1_block1").k))
    assert np.isnan(k[1])
    assert np.isfinite([k[0], k[2]]).all()
    with open(tmp_path / "log.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert float(rows[2]["k/stage1_block1"]) == k[2]
    tags = [
        value.tag
        for path in (tmp_path / "train").glob("events*")
        for record in tf.data.TFRecordDataset(str(path))
        for value in tf.compat.v1.Event.FromString(record.numpy()).summary.value
    ]
    assert "epoch_k/stage1_block1" in tags


def test_what_has_nothing_to_read_says_so():
    adaptive = model_of(layers.ODE(dense(), name="flow", dtype="float64"))
    for name, message in [
        ("k", "LMResNet"),
        ("reconstruction", "undone"),
        ("labels", "adapt"),
        ("truncation", "adapt"),
    ]:
        with pytest.raises(ValueError, match=message):
            analysis.Instruments(IMAGES, [name]).readings(adaptive)
    with pytest.raises(ValueError, match="instrument"):
        analysis.Instruments(IMAGES, ["thermometer"])
    fixed = model_of(layers.ForwardEuler(dense(), activation="relu", name="step", dtype="float64"))
    with pytest.raises(ValueError, match="whose steps adapt"):
        analysis.solver_work(fixed, IMAGES)
    assert list(analysis.Instruments(IMAGES).readings(fixed)) == ["spectral_radius/step"]
