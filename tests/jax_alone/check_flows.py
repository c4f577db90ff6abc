"""A flow where TensorFlow is not installed: KERAS_BACKEND=jax pytest tests/jax_alone/check_flows.py"""

import keras
import numpy as np
import pytest

from zoo import flows

X = 0.5 * np.random.default_rng(0).normal(size=(256, 2)).astype("float32") + 1
GRID = {"solver": "rk4", "steps": 4}


@pytest.mark.parametrize("coupling", ["independent", "optimal_transport"])
def test_flow_matching(coupling):
    if coupling == "optimal_transport":
        pytest.importorskip("scipy")
    flow = flows.FlowModel([flows.CNF(flows.TimeMLP((16,)), **GRID)], (2,))
    flow.compile("flow_matching", coupling=coupling, optimizer=keras.optimizers.Adam(1e-2))
    history = flow.fit(X, batch_size=64, epochs=8, verbose=0).history["matching"]
    assert history[-1] < 0.8 * history[0]
    np.testing.assert_allclose(flow.sample(500, seed=0).values.mean(axis=0), [1, 1], atol=0.3)
    np.testing.assert_allclose(flow.log_prob(X), flow.log_prob(X, steps=8), atol=1e-2)
    with pytest.raises(RuntimeError, match="equal steps"):
        flow.log_prob(X, solver="dopri5", rtol=1e-3)


def test_pictures():
    """Squeezed, halved and scaled: there and back, and moments that training moves."""
    norm = flows.MovingBatchNorm(affine=False)
    stack = [flows.Multiscale([flows.Affine(2.0)]), flows.Squeeze(), norm, flows.Logit(0.05)]
    flow = flows.FlowModel(stack, (4, 4, 1))
    x = flows.dequantized(np.random.default_rng(0).integers(0, 256, (32, 4, 4, 1)), seed=0)
    z, _, _ = flow.carried("inverse", x, training=True)
    assert z.shape == (32, 16)
    assert np.abs(np.asarray(norm.moving_mean)).max() > 0
    assert np.isfinite(flow.log_prob(x)).all()
    z, change, _ = flow.carried("inverse", x)
    back, undone, _ = flow.carried("forward", z)
    np.testing.assert_allclose(back, x, atol=1e-5)
    np.testing.assert_allclose(undone, -np.asarray(change), rtol=1e-4)


def test_the_planar_field():
    flow = flows.FlowModel([flows.CNF(flows.Planar(8, (8,)), **GRID), flows.MovingBatchNorm(affine=False)], (2,))
    flow.compile("flow_matching", optimizer=keras.optimizers.Adam(3e-2))
    history = flow.fit(X + 2, batch_size=32, epochs=6, verbose=0).history["matching"]
    assert history[-1] < 0.8 * history[0]
    assert np.isfinite(flow.log_prob(X + 2)).all()
    assert np.abs(np.asarray(flow.transforms[1].moving_mean) - 3).max() < 0.2


def test_guidance_between_two_times():
    """Two steps of Euler by hand, the second of which is guided."""
    field = flows.TimeMLP((6,), zero_last=False, classes=2)
    flow = flows.FlowModel([flows.CNF(field, solver="euler", steps=2)], (2,), classes=2)
    u = X[:4]
    for t, weight in ((0.0, 1.0), (0.5, 3.0)):
        none, some = (np.asarray(field(np.float32(t), u, np.full(4, given))) for given in (2, 1))
        u = u + (none + weight * (some - none)) / 2
    found = flow.sample(4, noise=X[:4], condition=1, guidance=flows.Guidance(3.0, 0.4, 1.0)).values
    np.testing.assert_allclose(found, u, rtol=1e-4, atol=1e-6)
    assert np.abs(found - flow.sample(4, noise=X[:4], condition=1, guidance=3.0).values).max() > 1e-3
