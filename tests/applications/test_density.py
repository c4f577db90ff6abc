"""The task of densities: its arguments around a network, here a diagonal Gaussian whose density is known."""

import inspect
import pydoc

import keras
import numpy as np
import pytest
import scipy.stats

from zoo import applications
from zoo.applications import application as module
from zoo.applications.application import Network, application
from zoo.applications.density import DensityTask
from zoo.data import files
from zoo.weights import file, keys

MEAN, DEVIATION = np.array([0.5, -1.0]), np.array([2.0, 0.5])


@keras.saving.register_keras_serializable(package="tests")
class Gaussian(keras.layers.Layer):
    """log p of a diagonal Gaussian, whose mean a condition moves."""

    def build(self, *shapes):
        self.mean = self.add_weight(shape=(2,), name="mean")
        self.deviation = self.add_weight(shape=(2,), name="deviation", initializer="ones")

    def call(self, x, condition=None):
        mean = self.mean if condition is None else self.mean + condition
        squares = ((x - mean) / self.deviation) ** 2
        return keras.ops.sum(-0.5 * squares - keras.ops.log(self.deviation * float(np.sqrt(2 * np.pi))), axis=-1)


@pytest.fixture
def gaussian(monkeypatch):
    """The application, in a registry that is let go behind the test."""
    monkeypatch.setattr(module, "_REGISTRY", dict(module._REGISTRY))

    @application("gaussian", DensityTask("toy", (2,)), listed=True)
    def Gauss(*, scale: float = 1.0) -> Network:
        """``log p(x) = −½‖(x − μ)/σ‖² − …``

        Args:
            scale: Is multiplied with nothing. Defaults to 1.
        """

        def trunk(x, condition):
            layer = Gaussian(name="density")
            return layer(x) if condition is None else layer(x, condition)

        return Network({"scale": scale}, trunk, Gaussian)

    return Gauss


def test_its_arguments_and_help(gaussian):
    assert list(inspect.signature(gaussian).parameters) == ["weights", "event_shape", "condition", "name", "scale"]
    text = pydoc.plain(pydoc.render_doc(gaussian))
    for part in ("event_shape: ", "condition: ", "scale: ", "in nats", "Raises:", "(2,)"):
        assert part in text
    assert "gaussian" in applications.list_models(task="density")
    assert "gaussian" not in applications.list_models(task="classifier")


def test_log_density_with_weights_from_a_file(gaussian, tmp_path):
    path = tmp_path / "gauss.safetensors"
    arrays = {"density/mean": MEAN.astype("float32"), "density/deviation": DEVIATION.astype("float32")}
    files.write(path, file.packed(arrays, {}))
    model = gaussian(weights=path)
    assert model.name == "gaussian"
    assert set(keys.named_weights(model)) == set(arrays)
    x = np.random.default_rng(0).normal(size=(5, 2)).astype("float32")
    expected = scipy.stats.norm(MEAN, DEVIATION).logpdf(x).sum(axis=1)
    np.testing.assert_allclose(model(x), expected, rtol=1e-5)
    moved = gaussian(weights=path, condition=(2,), name="moved")
    np.testing.assert_allclose(moved([x + 1, np.ones_like(x)]), expected, rtol=1e-5)
    assert moved.name == "moved"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"event_shape": 2}, "event_shape=2"),
        ({"event_shape": (0,)}, "event_shape=0"),
        ({"condition": ()}, r"condition=\(\)"),
        ({"weights": "toy"}, "No weights are released for Gauss"),
    ],
)
def test_bad_arguments(gaussian, arguments, message):
    with pytest.raises(ValueError, match=message):
        gaussian(**{"weights": None, **arguments})
