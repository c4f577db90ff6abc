"""The fields of ``ode.py``, the same numbers in TensorFlow, PyTorch and JAX."""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class Problem:
    """u' = f(u) for t in [0, 1]; the loss is mean u(1)². Pictures are (batch, side, side, channels)."""

    name: str
    weights: tuple
    start: np.ndarray

    @property
    def convolutional(self):
        return self.start.ndim == 4


def mlp(size, hidden, batch, seed=0):
    """f(u) = tanh(u W₁ + b₁) W₂ + b₂."""
    random = np.random.default_rng(seed)
    draw = [((size, hidden), 1.5 / size**0.5), ((hidden,), 0.1), ((hidden, size), 1.5 / hidden**0.5), ((size,), 0.1)]
    weights = tuple(scale * random.normal(size=shape) for shape, scale in draw)
    return Problem(f"MLP, D = {size}, hidden {hidden}, batch {batch}", weights, random.normal(size=(batch, size)))


def convolution(side, batch, channels=64, seed=0):
    """f(u) = conv₂(tanh(conv₁(u))), 3×3 kernels."""
    random = np.random.default_rng(seed)
    kernels = tuple(1.5 / (9 * channels) ** 0.5 * random.normal(size=(3, 3, channels, channels)) for _ in range(2))
    start = random.normal(size=(batch, side, side, channels))
    return Problem(f"convolution, {channels} channels, {side}×{side}, batch {batch}", kernels, start)


PROBLEMS = {
    "mlp2": lambda: mlp(2, 32, 64),
    "mlp8": lambda: mlp(8, 64, 32),
    "mlp64": lambda: mlp(64, 128, 128),
    "mlp512": lambda: mlp(512, 512, 128),
    "conv7": lambda: convolution(7, 32),
    "conv16": lambda: convolution(16, 8),
}


def tensorflow_field(problem, dtype):
    import tensorflow as tf

    weights = [tf.Variable(weight, dtype=dtype) for weight in problem.weights]

    def f(t, u):
        if problem.convolutional:
            for place, kernel in enumerate(weights):
                u = tf.nn.conv2d(tf.tanh(u) if place else u, kernel, 1, "SAME")
            return u
        w1, b1, w2, b2 = weights
        return tf.tanh(u @ w1 + b1) @ w2 + b2

    return f, weights, tf.constant(problem.start, dtype)


def torch_field(problem):
    import torch

    def held(array):
        return torch.tensor(array, dtype=torch.float32)

    class Module(torch.nn.Module):
        def __init__(self):
            super().__init__()
            arrays = [w.transpose(3, 2, 0, 1) if problem.convolutional else w for w in problem.weights]
            self.weights = torch.nn.ParameterList([torch.nn.Parameter(held(array)) for array in arrays])
            self.calls = 0

        def forward(self, t, u):
            self.calls += 1
            if problem.convolutional:
                for place, kernel in enumerate(self.weights):
                    u = torch.nn.functional.conv2d(torch.tanh(u) if place else u, kernel, padding=1)
                return u
            w1, b1, w2, b2 = self.weights
            return torch.tanh(u @ w1 + b1) @ w2 + b2

    start = held(problem.start)
    if problem.convolutional:
        start = start.permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)
    return Module(), start


def jax_field(problem):
    import jax
    import jax.numpy as jnp

    def f(t, u, weights):
        if problem.convolutional:
            for place, kernel in enumerate(weights):
                u = jnp.tanh(u) if place else u
                u = jax.lax.conv_general_dilated(u, kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))
            return u
        w1, b1, w2, b2 = weights
        return jnp.tanh(u @ w1 + b1) @ w2 + b2

    return f, [jnp.asarray(weight, "float32") for weight in problem.weights], jnp.asarray(problem.start, "float32")
