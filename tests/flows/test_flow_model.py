"""A flow is a Keras model: two trainings, one file, densities and samples."""

import keras
import numpy as np
import pytest

import zoo
from zoo import flows

X = np.random.default_rng(0).normal(size=(64, 2)).astype("float32")


def model(classes=None, **options):
    field = flows.TimeMLP((8,), activation="tanh", zero_last=False, classes=classes)
    return flows.FlowModel([flows.CNF(field, **{"rtol": 1e-4, "atol": 1e-4, **options})], (2,), classes=classes)


@pytest.mark.parametrize(("objective", "metric"), [("likelihood", "nll"), ("flow_matching", "matching")])
def test_both_trainings_lower_their_loss(objective, metric):
    flow = model(solver="heun", steps=4)
    flow.compile(objective, optimizer=keras.optimizers.Adam(3e-2))
    history = flow.fit(3 * X + 1, batch_size=32, epochs=8, verbose=0).history
    assert history[metric][-1] < 0.9 * history[metric][0]
    assert ("cnf_nfe" in str(list(history))) == (objective == "likelihood")


def test_the_file_is_the_same_whatever_trained_it(tmp_path):
    flow = model(trace="hutchinson")
    expected = flow.log_prob(X, trace="exact")
    flow.compile("flow_matching", coupling="optimal_transport")
    flow.save(tmp_path / "flow.keras")
    zoo.save(flow, tmp_path / "preset")
    again = keras.saving.load_model(tmp_path / "flow.keras")
    assert again.objective == flow.objective
    for other in (again, zoo.load(tmp_path / "preset")):
        np.testing.assert_array_equal(other.log_prob(X, trace="exact"), expected)


def test_the_density_of_a_call_is_that_of_log_prob():
    flow = model()
    expected = flow.log_prob(X)
    np.testing.assert_allclose(flow(X), expected, rtol=1e-4)
    np.testing.assert_allclose(flow.predict(X, verbose=0), expected, rtol=1e-4)


def test_samples_are_those_of_the_seed_and_the_noise():
    flow = model(solver="rk4", steps=4)
    first, second = flow.sample(5, seed=3), flow.sample(5, seed=3, batch_size=2)
    np.testing.assert_allclose(first.values, second.values, rtol=1e-5)
    assert first.nfe == 16
    noise = np.random.default_rng(3).standard_normal((5, 2), dtype="float32")
    np.testing.assert_array_equal(flow.sample(5, noise=noise).values, first.values)
    path = flow.transport([0.0, 0.5, 1.0], n=5, seed=3, steps=2)
    np.testing.assert_array_equal(path.values[0], noise)
    np.testing.assert_allclose(path.values[2], first.values, rtol=1e-5)


def test_guidance_exaggerates_the_class():
    flow = model(classes=3, solver="euler", steps=1)
    none, some, more = (flow.sample(4, seed=0, condition=1, guidance=w).values for w in (0.0, 1.0, 3.0))
    np.testing.assert_allclose(more, none + 3 * (some - none), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(none, flow.sample(4, seed=0).values, rtol=1e-5)
    assert flow.sample(4, condition=1, guidance=2.0).nfe == 2


def test_guidance_between_two_times():
    """Steps of Euler by hand: the field of the class at first and at last, exaggerated between."""
    flow = model(classes=3, solver="euler", steps=4)
    u, field = X[:4], flow.flows[0].field
    for step in range(4):
        none, some = (np.asarray(field(np.float32(step / 4), u, np.full(4, given))) for given in (3, 1))
        weight = 3.0 if step in (1, 2) else 1.0
        u = u + (none + weight * (some - none)) / 4
    found = flow.sample(4, noise=X[:4], condition=1, guidance=flows.Guidance(3.0, 0.25, 0.75))
    np.testing.assert_allclose(found.values, u, rtol=1e-4, atol=1e-6)
    assert found.nfe == 8
    halves = [
        flow.transport([0.25, 1.0], 4, noise=X[:4], condition=1, guidance=w, steps=3).values
        for w in (1.0, (3.0, 0.25, 1.0))
    ]
    np.testing.assert_allclose(*[states[0] for states in halves], rtol=1e-5)
    assert np.abs(np.subtract(*[states[1] for states in halves])).max() > 1e-2


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (2, flows.Guidance(2.0)),
        ("1.5", flows.Guidance(1.5)),
        ("2:0.2:0.8", flows.Guidance(2.0, 0.2, 0.8)),
        ([2, 0, 1], flows.Guidance(2.0, 0.0, 1.0)),
        (flows.Guidance(2.0), flows.Guidance(2.0)),
    ],
)
def test_guidance_as_number_tuple_and_text(value, expected):
    assert flows.Guidance.of(value) == expected
    assert flows.Guidance.of(str(expected)) == expected


@pytest.mark.parametrize(
    "value", ["much", "2:0.2", "2::1", True, (2, 0.8, 0.2), (2, np.nan, 1), float("inf"), None, ()]
)
def test_what_is_no_guidance(value):
    with pytest.raises(ValueError, match=r"guidance must be a finite number.*2:0\.2:0\.8.*Received: "):
        flows.Guidance.of(value)


def test_classes_are_trained_and_change_the_density():
    flow = model(classes=2)
    labels = np.arange(64) % 2
    flow.compile("flow_matching", coupling="optimal_transport", optimizer=keras.optimizers.Adam(3e-2))
    flow.fit([X * 0.3 + 4 * labels[:, None], labels], epochs=25, batch_size=32, verbose=0)
    right, wrong = (flow.log_prob(X[:8] * 0.3 + 4 * labels[:8, None], each) for each in (labels[:8], 1 - labels[:8]))
    assert right.mean() > wrong.mean() + 0.5
    assert flow.sample(50, seed=0, condition=1).values.mean() > flow.sample(50, seed=0, condition=0).values.mean() + 2


BAD = {
    "not finite": (lambda flow: flow.log_prob([[0.0, np.nan]]), "finite points"),
    "another shape": (lambda flow: flow.log_prob(np.zeros((3, 3))), r"shape \(n, 2\)"),
    "not finite in fit": (lambda flow: flow.fit(np.full((4, 2), np.inf)), "finite points"),
    "no conditions": (lambda flow: flow.log_prob(X, condition=1), "conditioned on nothing"),
    "few draws": (lambda flow: flow.log_prob(X, error=True, draws=4), "at least 8"),
    "solver": (lambda flow: flow.sample(2, solver="dopri"), "Unknown tableau"),
    "noise": (lambda flow: flow.sample(2, noise=np.zeros((2, 3))), "noise must be"),
    "times": (lambda flow: flow.transport([0.5, 0.2]), "times must go"),
    "labels": (lambda flow: flow.fit(X, X), "points alone"),
    "guidance": (lambda flow: flow.sample(2, guidance=2.0), "towards a class"),
    "objective": (lambda flow: flow.compile("matching"), "Unknown objective"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_does_not_fit_is_said(case):
    act, message = BAD[case]
    with pytest.raises(ValueError, match=message):
        act(model())


def test_a_class_that_does_not_exist():
    with pytest.raises(ValueError, match="no such class.*0 … 2.*Received: 4"):
        model(classes=3).sample(2, condition=4)


@pytest.mark.parametrize("shape", [(2,), (3, 3, 1)])
def test_no_points_have_no_densities(shape):
    """It was an error of NumPy's about a reshape."""
    flow = flows.FlowModel([flows.Affine(1.0, 2.0)], shape)
    assert flow.log_prob(np.zeros((0, *shape))).shape == (0,)


def test_what_no_flow_can_be_built_of():
    field = flows.TimeMLP((4,))
    with pytest.raises(ValueError, match="base of event shape"):
        flows.FlowModel([flows.CNF(field)], (2,), base=flows.Gaussian((3,)))
    with pytest.raises(TypeError, match="forward"):
        flows.FlowModel([keras.layers.Dense(2)], (2,))
    two = flows.FlowModel([flows.CNF(flows.TimeMLP((4,))), flows.CNF(flows.TimeMLP((4,)))], (2,))
    with pytest.raises(ValueError, match="exactly one CNF. Received: 2"):
        two.compile("flow_matching")


def test_a_solve_that_diverges_is_counted_and_ends():
    flow = model(solver="bosh3", max_steps=3, rtol=1e-6, atol=1e-6)
    flow.compile("likelihood")
    history = flow.fit(100 * X, epochs=1, batch_size=64, verbose=0).history
    assert [value for name, value in history.items() if name.endswith("failures")] == [[1.0]]
    assert np.isnan(history["loss"][0])
