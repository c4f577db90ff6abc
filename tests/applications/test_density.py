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
class Stretch(keras.layers.Layer):
    """A bijection x = σ z + μ with weights."""

    def build(self, *shapes):
        self.mean = self.add_weight(shape=(2,), name="mean")
        self.deviation = self.add_weight(shape=(2,), name="deviation", initializer="ones")

    def forward(self, z, training=False):
        x = self.deviation * z + self.mean
        return x, keras.ops.sum(keras.ops.log(self.deviation)) + 0 * x[:, 0]

    def inverse(self, x, training=False):
        z = (x - self.mean) / self.deviation
        return z, -keras.ops.sum(keras.ops.log(self.deviation)) + 0 * z[:, 0]

    def compute_output_shape(self, shape):
        return shape, shape[:1]


@pytest.fixture
def gaussian(monkeypatch):
    """The application, in a registry that is let go behind the test."""
    monkeypatch.setattr(module, "_REGISTRY", dict(module._REGISTRY))

    @application("gaussian", DensityTask({"toy": (2,), "other": (3,)}), listed=True)
    def Gauss(*, scale: float = 1.0, dataset: str = "toy") -> Network:
        """``x = σ z + μ``

        Args:
            scale: Is multiplied with nothing. Defaults to 1.
        """
        return Network({"scale": scale, "dataset": dataset}, lambda shape, classes: [Stretch(name="stretch")], Stretch)

    return Gauss


def test_its_arguments_and_help(gaussian):
    assert list(inspect.signature(gaussian).parameters) == [
        "dataset",
        "weights",
        "event_shape",
        "classes",
        "condition",
        "name",
        "scale",
    ]
    text = pydoc.plain(pydoc.render_doc(gaussian))
    for part in ("dataset: ", "event_shape: ", "condition: ", "scale: ", "in nats", "Raises:", "(2,)"):
        assert part in text
    assert "gaussian" in applications.list_models(task="density")
    assert "gaussian" not in applications.list_models(task="classifier")


def test_log_density_with_weights_from_a_file(gaussian, tmp_path):
    path = tmp_path / "gauss.safetensors"
    arrays = {"transform1/mean": MEAN.astype("float32"), "transform1/deviation": DEVIATION.astype("float32")}
    files.write(path, file.packed(arrays, {}))
    model = gaussian(weights=path)
    assert model.name == "gaussian"
    assert set(keys.named_weights(model)) == set(arrays)
    x = np.random.default_rng(0).normal(size=(5, 2)).astype("float32")
    expected = scipy.stats.norm(MEAN, DEVIATION).logpdf(x).sum(axis=1)
    np.testing.assert_allclose(model(x), expected, rtol=1e-5)
    np.testing.assert_allclose(model.log_prob(x), expected, rtol=1e-5)
    samples = model.sample(4000, seed=0).values
    np.testing.assert_allclose(samples.mean(axis=0), MEAN, atol=0.1)
    origin = applications.identity.origin(model)
    assert origin["keywords"] == {"scale": 1.0, "dataset": "toy"}, "the network sees the data set that it names"
    assert gaussian(weights=path, name="moved").name == "moved"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"event_shape": 2}, "event_shape=2"),
        ({"event_shape": (0,)}, "event_shape=0"),
        ({"condition": ()}, r"condition=\(\)"),
        ({"weights": "toy"}, "No weights are released for Gauss"),
        ({"weights": "released"}, "No weights are released for Gauss"),
        ({"dataset": "ty"}, "Did you mean 'toy'"),
    ],
)
def test_bad_arguments(gaussian, arguments, message):
    with pytest.raises(ValueError, match=message):
        gaussian(**{"weights": None, **arguments})
