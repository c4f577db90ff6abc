"""How much a step can magnify what it is repeated on: the spectral radius of its Jacobian."""

from typing import Any

import keras
import numpy as np

from zoo import _check
from zoo.analysis import _pulling_back
from zoo.analysis.step_states import at_steps, inputs_of


def spectral_radii(model: keras.Model, images: Any, iterations: int = 20, seed: int = 0) -> dict[str, np.ndarray]:
    """``ρ(J) = max |λ(J)|``, ``J = ∂Φ(u)/∂u``: of every step of a model, at the states of pictures, in inference mode.

    By power iteration, ``v ← Jᵀv / ‖Jᵀv‖``: Jᵀ has the eigenvalues of J and costs one backward pass. At the end
    ``(Jᵀ)² v ≈ a Jᵀv + b v`` by least squares, and ρ is the larger root of ``z² = a z + b`` in modulus, so that a
    rotation, a pair of complex eigenvalues of which a plain quotient tells nothing, is found, too. The error falls as
    ``|λ₃/λ₁|`` to the power of the iterations, λ₃ being the third largest: an estimate where many are nearly equal.

    ρ ≤ 1 + O(h) is what keeps many steps of a method bounded. Of a layer of several steps J is that of them all.
    A step from two states is the map ``(u, u⁻) → (u⁺, u)`` of both. It is computed in the precision of the layer.

    Source: Hairer, Nørsett and Wanner, "Solving Ordinary Differential Equations I" (1993), §II.10 and §III.3, for what
    the number means; Golub and Van Loan, "Matrix Computations" (2013), §7.3, for the iteration.

    Args:
        model: A functional model with layers of ``zoo.layers`` that step through time.
        images: Pictures for the model, ``(n, height, width, channels)``; one batch.
        iterations: Backward passes for each layer. Defaults to ``20``.
        seed: Of the vectors at the start. Defaults to ``0``.

    Returns:
        For each layer that keeps the shape of its state an array ``(n,)``: ρ for each picture.

    Raises:
        ValueError: The model is not functional or has no such layers, or ``iterations`` is less than 1.
        RuntimeError: The backend is neither TensorFlow nor JAX.

    Example:

    >>> import keras, numpy as np, zoo.analysis, zoo.layers
    >>> inputs = keras.Input((1,))
    >>> step = zoo.layers.ForwardEuler(keras.layers.Rescaling(-1.0), step_size=0.25, name="step")
    >>> radii = zoo.analysis.spectral_radii(keras.Model(inputs, step(inputs)), np.ones((2, 1)))
    >>> radii["step"].round(4).tolist()  # 1 + h λ with λ = −1
    [0.75, 0.75]
    """
    iterations = _check.integer(iterations, "iterations")
    steps = at_steps(model, images, "spectral_radii", _keeps_shape, "keep the shape of their state")
    return {layer.name: _radii(layer, states, iterations, seed) for layer, states, _ in steps}


def _keeps_shape(layer: Any) -> bool:
    return all(tensor.shape == layer.output.shape for tensor in inputs_of(layer))


def _radii(layer, states, iterations, seed):
    """ρ for each entry of the batch; their Jacobians do not touch, so that one backward pass is for all of them."""

    def step(states):
        after = layer(states if len(states) > 1 else states[0], training=False)
        return [keras.ops.cast(each, u.dtype) for each, u in zip([after, *states[:-1]], states, strict=True)]

    transposed = _pulling_back.of(step, states, layer.looped)
    generator = np.random.default_rng(seed)
    v = [generator.standard_normal(tuple(u.shape)) for u in states]
    chain: list[np.ndarray] = []
    for _ in range(iterations + 1):
        rows = _rows(v)
        norms = np.linalg.norm(rows, axis=1)
        norms[norms == 0] = 1
        v = [each / norms.reshape(-1, *[1] * (each.ndim - 1)) for each in v]
        chain = [*chain[-1:], rows / norms[:, None]]
        scale = norms
        v = transposed(v)
    return np.array([_largest_root(*each) for each in zip(*chain, _rows(v), scale, strict=True)])


def _rows(v):
    """The parts of the vectors, one row for each entry of the batch."""
    return np.concatenate([np.reshape(np.asarray(each, "float64"), (len(each), -1)) for each in v], axis=1)


COLLINEAR = 1e-3
"""Below this share a second direction is taken for what the iteration has not lost yet of the others."""


def _largest_root(first, second, third, scale):
    """``max |z|`` with ``z² = a z + b`` and ``x₂ ≈ a x₁ + b x₀``, from ``x₀, x₁ / s, x₂ / s`` and ``s = ‖x₁‖``."""
    columns = np.stack([second, first], axis=1)
    (a, b), *_ = np.linalg.lstsq(columns, third / scale, rcond=COLLINEAR)
    return scale * np.abs(np.roots([1, -a, -b])).max()
