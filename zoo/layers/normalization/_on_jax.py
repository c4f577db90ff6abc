"""Batch normalization on JAX for devices that share a batch: one exchange of sums forward and one backward."""

import functools
from collections.abc import Callable

from zoo.layers.tensors import Tensor


@functools.cache
def kernel(epsilon: float) -> Callable[[Tensor, Tensor, Tensor, Tensor], tuple[Tensor, Tensor, Tensor]]:
    """``(x, γ, β, c) ↦ (y, mean, var)``, all in float32, of ``(batch, …, channels)`` and vectors of the channels.

    With d = x − c and means over all axes but the last, ``mean = c + E d`` and ``var = E d² − (E d)²``, whose sums need
    not wait for each other: devices that share a batch exchange them at once. The closer c is to the mean, the less is
    cancelled. Of the gradient g of y, ``∂β = Σ g``, ``∂γ = Σ g x̂`` and ``∂x = γ/√(var + ε) (g − ∂β/n − x̂ ∂γ/n)`` with
    ``x̂ = (x − mean)/√(var + ε)`` and n numbers of a channel: two sums again. On one device the formulas that
    automatic differentiation finds are a little faster.
    ``mean`` and ``var`` pass no gradient, and y none to c, on which it does not depend.
    """
    import jax
    import jax.numpy as jnp

    def forward(x, gamma, beta, near):
        axes = tuple(range(x.ndim - 1))
        d = x - near
        first, second = jnp.mean(d, axes), jnp.mean(d * d, axes)
        mean, variance = near + first, jnp.maximum(second - first * first, 0)
        inverse = jax.lax.rsqrt(variance + epsilon)
        y = (x - mean) * (gamma * inverse) + beta
        return (y, mean, variance), (x, gamma, mean, inverse)

    def backward(kept, gradients):
        (x, gamma, mean, inverse), g = kept, gradients[0]
        axes, n = tuple(range(x.ndim - 1)), x.size // x.shape[-1]
        beta, scale = jnp.sum(g, axes), jnp.sum(g * (x - mean), axes) * inverse
        by_x = gamma * inverse * (g - beta / n - (x - mean) * (inverse * scale / n))
        return by_x, scale, beta, jnp.zeros_like(mean)

    normalized = jax.custom_vjp(lambda *inputs: forward(*inputs)[0])
    normalized.defvjp(forward, backward)
    return normalized
