"""FFJORD: the published sizes, and presets of flows."""

import numpy as np
import pytest

import zoo
from zoo import applications
from zoo.applications.ffjord import CONFIGURATIONS

SIZES = {
    "moons": 9_225,
    "power": 43_325,
    "gas": 278_565,
    "hepmass": 546_850,
    "miniboone": 820_613,
    "bsds300": 6_698_666,
    "mnist": 2 * sum(1162 * c + 75_648 for c in (1, 4, 2, 8, 4)),  # each field of c channels, at three scales: 800,636
    "cifar10": 2 * sum(1162 * c + 75_648 for c in (3, 12, 6, 24, 12, 48, 24)),  # at four: 1,358,868
}
SMALL = {"hidden": (4,), "solver": "rk4", "steps": 2}


@pytest.mark.parametrize(("dataset", "weights"), SIZES.items())
def test_the_published_sizes(dataset, weights):
    assert applications.FFJORD(dataset, weights=None).count_params() == weights


def test_every_toy_has_the_same_size():
    assert {CONFIGURATIONS[name] for name in zoo.data.toys.TOYS} == {CONFIGURATIONS["moons"]}
    assert len(zoo.data.toys.TOYS) == 8


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


def test_a_flow_of_pictures_is_undone_at_every_scale():
    flow = applications.FFJORD("mnist", weights=None, hidden=(4,), blocks=1, solver="midpoint", steps=2)
    assert flow.base.event_shape == (784,)
    generator = np.random.default_rng(0)
    for variable in flow.trainable_variables:
        variable.assign(generator.normal(0, 0.1, variable.shape))
    x = generator.uniform(20, 230, (2, 28, 28, 1)).astype("float32")
    z, change, _ = flow.carried("inverse", x)
    assert z.shape == (2, 784)
    assert change.shape == (2,)
    back = flow.carried("forward", z, how=lambda cnf: {"density": False}).values
    np.testing.assert_allclose(back, x, atol=0.5)  # of 256 grey levels; two steps


def test_what_pictures_do_not_take():
    with pytest.raises(ValueError, match="Expected: kind='concat'"):
        applications.FFJORD("mnist", weights=None, kind="concatsquash")
    with pytest.raises(ValueError, match="Expected: kind='concat'"):
        applications.FFJORD("moons", weights=None, event_shape=(8, 8, 1))
    for told in ({"classes": 10}, {"condition": (3,)}):
        with pytest.raises(ValueError, match=r"takes none.*\(t, u, condition\).*TimeConvNet"):
            applications.FFJORD("mnist", weights=None, **told)


def test_what_does_not_exist():
    with pytest.raises(ValueError, match="Did you mean 'moons'"):
        applications.FFJORD("moon")
    with pytest.raises(ValueError, match="No weights are released for FFJORD"):
        applications.FFJORD("power")


def _rejected(x, y, generator):
    """Whether a kernel two-sample test at α = 0.01 tells x from y: 300 permutations, a normal kernel of width ½."""
    both = np.concatenate([x, y])
    squares = np.sum((both[:, None] - both) ** 2, axis=2)
    kernel = np.exp(-squares / (2 * 0.5**2))
    sides = np.where(np.arange(len(both)) < len(x), 1.0, -1.0)
    distances = []
    for _ in range(300):
        turned = generator.permutation(sides)
        distances.append(turned @ kernel @ turned)
    return sides @ kernel @ sides > np.quantile(distances, 0.99)


def test_the_released_toy_is_the_default_and_its_samples_are_those_of_the_toy():
    flow = applications.FFJORD("8gaussians")
    assert zoo.checkpoint(flow).name == "ffjord-8gaussians"
    x, generator = zoo.data.toys.sample("8gaussians", 500, seed=5), np.random.default_rng(0)
    samples = flow.sample(500, seed=6).values
    assert not _rejected(samples, x, generator)
    assert _rejected(1.1 * samples, x, generator)
    nll = -flow.log_prob(zoo.data.toys.sample("8gaussians", 2_000, seed=7)).mean()
    assert nll == pytest.approx(zoo.checkpoint(flow).metrics[0].value, abs=0.1)
