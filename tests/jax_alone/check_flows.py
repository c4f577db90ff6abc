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
