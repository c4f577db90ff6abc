"""The latent ODE: a generative model of time series that are observed at irregular times."""

import math
from collections.abc import Iterable
from typing import Any

import keras
import numpy as np

from zoo import _check
from zoo.flows._gaussian_sample import GaussianSample
from zoo.layers import ODE


def LatentODE(
    times: Iterable[float],
    *,
    channels: int = 2,
    latent: int = 4,
    hidden: int = 20,
    encoder_units: int = 25,
    t0: float = 0.0,
    rtol: float = 1e-3,
    atol: float = 1e-3,
    name: str = "latent_ode",
) -> keras.Model:
    """``z(t₀) ~ q(z | observations)``, ``z' = f(z)``, ``x(t) = g(z(t))``: an autoencoder whose decoder is an ODE.

    A recurrent network reads the observed points, each with its time, from the last to the first and gives mean and
    logarithm of the variance of z(t₀); f and g have one hidden layer each, g decodes the states at all times. In
    inference z(t₀) is the mean. The weights do not depend on the times: ``LatentODE(more_times)`` with
    ``set_weights(model.get_weights())`` extrapolates.

    Train with ``GaussianLikelihood(noise)`` and the observations as ``sample_weight``: the loss is then the negative
    evidence lower bound over the number of times, the divergence of q from N(0, 1) being added by the network.

    Source: Chen, Rubanova, Bettencourt and Duvenaud (2018, arXiv:1806.07366), §5, with the dimensions of §5.1. The
    authors' encoder sees no times; with times missing at random it needs them.

    Args:
        times: Strictly monotone times at which states are decoded, all on one side of t₀; an observation is at one of
            them.
        channels: Dimension of x. Defaults to ``2``.
        latent: Dimension of z. Defaults to ``4``.
        hidden: Units of the hidden layers of f and g. Defaults to ``20``.
        encoder_units: Units of the recurrent network. Defaults to ``25``.
        t0: Time of the latent initial state. Defaults to ``0.0``.
        rtol, atol: See ``zoo.layers.ODE``.
        name: Of the model.

    Input: a dictionary of ``"values"``, ``(batch, times, channels)``, arbitrary where not observed, and ``"observed"``,
    booleans ``(batch, times)``. Output: ``(batch, times, channels)``.

    Raises ``ValueError`` if a size is not positive or the times are not strictly monotone from t₀ on.
    """
    times = [float(time) for time in times]
    latent, hidden = _check.integer(latent, "latent"), _check.integer(hidden, "hidden")
    values = keras.Input((len(times), _check.integer(channels, "channels")), name="values")
    observed = keras.Input((len(times),), dtype="bool", name="observed")
    clock = np.array(times, "float32")[:, None] - t0
    seen = keras.ops.where(keras.ops.expand_dims(observed, -1), values, 0.0)
    dated = keras.ops.concatenate([seen, keras.ops.zeros_like(values[..., :1]) + clock], axis=-1)
    encoder = keras.layers.SimpleRNN(_check.integer(encoder_units, "encoder_units"), go_backwards=True, name="encoder")
    code = encoder(dated, mask=observed)
    mean, log_variance = (keras.layers.Dense(latent, name=part)(code) for part in ("mean", "log_variance"))
    z0 = GaussianSample(1 / len(times), name="posterior")([mean, log_variance])
    f = keras.Sequential([keras.layers.Dense(hidden, "elu"), keras.layers.Dense(latent)], name="field")
    z = ODE(f, t0=t0, times=times, rtol=rtol, atol=atol, name="ode")(z0)
    decoded = keras.layers.Dense(hidden, "relu", name="decoder_hidden")(z)
    x = keras.layers.Dense(channels, name="decoder")(decoded)
    return keras.Model({"values": values, "observed": observed}, x, name=name)


@keras.saving.register_keras_serializable(package="zoo")
class GaussianLikelihood(keras.losses.Loss):
    """``−log N(x; x̂, σ²) = Σ ((x − x̂)² / 2σ² + log σ + ½ log 2π)``, summed over channels, for each time.

    Args:
        noise: σ, the standard deviation of an observation, in the units of x. Defaults to ``0.3``, that of the
            spirals.
    """

    def __init__(self, noise: float = 0.3, name: str = "gaussian_likelihood", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        self.noise = _check.finite(noise, "noise")
        if self.noise <= 0:
            raise ValueError(f"noise must be positive. Received: {noise}.")

    def call(self, y_true: Any, y_pred: Any) -> Any:
        constant = math.log(self.noise) + 0.5 * math.log(2 * math.pi)
        return keras.ops.sum(0.5 * ((y_true - y_pred) / self.noise) ** 2 + constant, axis=-1)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "noise": self.noise}
