"""The distribution that a flow starts from."""

import math
from typing import Any, final

import keras
import numpy as np
from keras import ops

from zoo import _check
from zoo.layers.tensors import Tensor


@final
@keras.saving.register_keras_serializable(package="zoo")
class Gaussian:
    """``log p(z) = Σ (−½ ((z − μ)/σ)² − log σ − ½ log 2π)``: independent normal entries, with fixed μ and σ.

    Args:
        event_shape: The shape of z, without the batch axis.
        mean: μ. Defaults to ``0.0``.
        deviation: σ. Defaults to ``1.0``.

    Raises:
        ValueError: The shape is no tuple of positive integers, or a number is not finite or σ not positive.
    """

    def __init__(self, event_shape: tuple[int, ...], mean: float = 0.0, deviation: float = 1.0):
        if not isinstance(event_shape, (tuple, list)) or not event_shape:
            raise ValueError(
                "event_shape must be a tuple of positive integers, such as (2,). "
                f"Received: event_shape={event_shape!r}."
            )
        self.event_shape = tuple(_check.integer(side, "event_shape") for side in event_shape)
        self.mean, self.deviation = _check.finite(mean, "mean"), _check.finite(deviation, "deviation")
        if self.deviation <= 0:
            raise ValueError(f"deviation must be positive. Received: deviation={deviation!r}.")

    def log_prob(self, z: Tensor) -> Tensor:
        """log p(z), ``(batch,)``."""
        z = ops.reshape((z - self.mean) / self.deviation, (-1, math.prod(self.event_shape)))
        constant = math.prod(self.event_shape) * (math.log(self.deviation) + 0.5 * math.log(2 * math.pi))
        return -0.5 * ops.sum(z * z, axis=1) - constant

    def sample(self, count: int, generator: np.random.Generator) -> np.ndarray:
        """``count`` points, float32."""
        z = generator.standard_normal((count, *self.event_shape), dtype="float32")
        return np.float32(self.mean) + np.float32(self.deviation) * z

    def draw(self, like: Tensor, seed: keras.random.SeedGenerator) -> Tensor:
        """A point for each of a batch, in a graph."""
        return keras.random.normal(ops.shape(like), self.mean, self.deviation, dtype=like.dtype, seed=seed)

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {"event_shape": self.event_shape, "mean": self.mean, "deviation": self.deviation}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Gaussian":
        """The distribution that ``get_config`` described."""
        return cls(**{**config, "event_shape": tuple(config["event_shape"])})
