"""FFJORD: the published sizes, and presets of flows."""

import numpy as np
import pytest

import zoo
from zoo import applications

SIZES = {"moons": 9_225, "power": 43_325, "gas": 278_565, "hepmass": 546_850, "miniboone": 820_613}
SMALL = {"hidden": (4,), "solver": "rk4", "steps": 2}


@pytest.mark.parametrize(("dataset", "weights"), SIZES.items())
def test_the_published_sizes(dataset, weights):
    assert applications.FFJORD(dataset, weights=None).count_params() == weights


def test_a_preset_is_the_application_again(tmp_path):
    flow = applications.FFJORD("power", weights=None, blocks=2, name="mine", **SMALL)
    for variable in flow.trainable_variables:
        variable.assign(variable + 0.1)
    folder = zoo.save(flow, tmp_path / "preset")
    assert '"application": "FFJORD"' in (folder / "config.json").read_text("utf-8")
    again = zoo.load(folder)
    x = np.random.default_rng(0).normal(size=(3, 6))
    assert again.name == "mine"
    np.testing.assert_array_equal(again.log_prob(x, trace="exact"), flow.log_prob(x, trace="exact"))


def test_a_flow_of_several_trains_by_likelihood():
    flow = applications.FFJORD("moons", weights=None, blocks=2, **SMALL)
    flow.compile("likelihood", optimizer="adam")
    before = [float(each.end) for each in flow.flows]
    flow.fit(zoo.data.toys.sample("moons", 64), batch_size=64, epochs=2, verbose=0)
    assert all(float(each.end) != old for each, old in zip(flow.flows, before, strict=True)), "T is trained"


def test_what_does_not_exist():
    with pytest.raises(ValueError, match="Did you mean 'moons'"):
        applications.FFJORD("moon")
    with pytest.raises(ValueError, match="No weights are released for FFJORD"):
        applications.FFJORD("power")
