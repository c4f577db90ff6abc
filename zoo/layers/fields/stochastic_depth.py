"""Stochastic depth: a residual branch that is dropped at random while training."""

from typing import Any, final

import keras

from zoo import _check
from zoo.layers.tensors import Shape, Tensor


@final
@keras.saving.register_keras_serializable(package="zoo")
class StochasticDepth(keras.layers.Layer):
    """``y = b x / (1 − rate)`` with b = 0 or 1 for a whole sample, P(b = 0) = rate.

    Put it behind a residual branch: ``ForwardEuler(keras.Sequential([branch, StochasticDepth(rate)]))``.
    The expectation of y is x (unbiased), so at inference the layer is the identity. Seen as an
    integrator, u⁺ = u + b f(u)/(1 − rate) is a weak approximation of a stochastic differential
    equation whose drift is f.

    Source: Huang et al., "Deep Networks with Stochastic Depth" (2016, arXiv:1603.09382), §3. They
    draw one b for a mini-batch and scale by 1 − rate at test time; here each sample draws its own
    and the scale is applied while training, as Lu et al. do.

    Args:
        rate: Probability that a sample's branch is dropped, in [0, 1).
        seed: Integer for a reproducible sequence, or ``None``.

    Call arguments:
        inputs: ``(batch, …)``.
        training: Whether to drop; Keras fills it in.

    Raises:
        ValueError: ``rate`` is outside [0, 1).

    Example:

    >>> import keras, zoo.layers
    >>> branch = zoo.layers.basic_branch(16)
    >>> step = zoo.layers.ForwardEuler(keras.Sequential([*branch.layers, zoo.layers.StochasticDepth(0.2)]))
    >>> step(keras.ops.ones((1, 8, 8, 16)), training=True).shape
    TensorShape([1, 8, 8, 16])
    """

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.rate = _check.rate(rate, "rate")
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed) if self.rate > 0 else None
        self.supports_masking = True
        self.built = True

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        if not training or self.rate == 0:
            return inputs
        shape = (keras.ops.shape(inputs)[0],) + (1,) * (len(inputs.shape) - 1)
        kept = keras.random.uniform(shape, seed=self.seed_generator) >= self.rate
        return inputs * keras.ops.cast(kept, inputs.dtype) / (1 - self.rate)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "rate": self.rate, "seed": self.seed}


def drops(rate: float, seed: int | None, count: int, dtype: Any) -> list[StochasticDepth]:
    """A ``StochasticDepth`` for each of ``count`` terms of a sum, with seeds of their own from ``seed`` on."""
    seeds = [None if seed is None else seed + j for j in range(count)]
    return [StochasticDepth(rate, each, name=f"drop_path{j}", dtype=dtype) for j, each in enumerate(seeds, start=1)]


def linear_rates(blocks: int, final: float) -> list[float]:
    """Drop rates ``final · l / blocks`` for l = 1 … blocks: the paper's linear decay of survival.

    Huang et al. (2016), equation 4, with ``final`` = 1 − p_L, the drop rate of the last block. The code of LM-ResNet
    has ``final · i / (blocks − 1)`` for i = 0 … blocks − 1 instead, so that the first block is never dropped.

    Raises ``ValueError`` if ``final`` is outside [0, 1).
    """
    final = _check.rate(final, "the last block's drop rate")
    return [final * (block + 1) / blocks for block in range(blocks)]
