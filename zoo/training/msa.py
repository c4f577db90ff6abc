"""Training as optimal control: the extended method of successive approximations (TensorFlow)."""

from typing import Any, NamedTuple

import keras
import numpy as np

from zoo import _check
from zoo.layers import ForwardEuler
from zoo.training.parts_of_chain import parts


class Iteration(NamedTuple):
    """What one iteration did.

    Attributes:
        loss: Mean loss of the batch before it.
        before, after: The augmented Hamiltonian of every part of the network, from the first to the last, before and
            after its weights were chosen.
    """

    loss: float
    before: list[float]
    after: list[float]


class MSA:
    """``θₜ ← argmax H̃(xₜ, pₜ₊₁, θ)``: E-MSA, which trains each step of a network by itself between two passes.

    The discrete control problem is ``xₜ₊₁ = xₜ + h f(xₜ, θₜ)`` with the loss Φ(x_T). One iteration on a batch:

    1. The states x by a pass forward, the costates backward from ``p_T = −∂Φ/∂x_T`` by
       ``pₜ = pₜ₊₁ + h (∂f/∂x)ᵀ pₜ₊₁``. So ``∂Φ/∂θₜ = −h (∂f/∂θ)ᵀ pₜ₊₁``: the costates are those of backpropagation.
    2. For each step alone, with x and p as they are, the weights that make
       ``H̃ = p·f − ½ρ |f − (xₜ₊₁ − xₜ)/h|² − ½ρ |∂(p·f)/∂x + (pₜ₊₁ − pₜ)/h|²`` large, the mean over the batch:
       the Hamiltonian, less a penalty for what would make the states and costates of step 1 wrong.

    A step of gradient ascent on H̃ with a small rate is one of gradient descent on the loss; several with a step size
    that is searched for go further in each layer. Layers before and after the steps are parts of the same kind with
    h = 1 and ``g(x) − x`` in the place of h f; the last minimises the loss itself.

    Source: Li, Chen, Tai and E, "Maximum Principle Based Algorithms for Deep Learning" (2018, JMLR 18, 165,
    arXiv:1710.09513), algorithm 2 and equations 25 to 28. They maximise by L-BFGS; this is gradient ascent with
    a step size that is quartered until H̃ grows, so that no iteration makes it smaller.

    Args:
        model: A functional classifier with probabilities whose layers form a chain, with plain ``ForwardEuler`` layers
            of one step among them. Its layers have no state that changes with a call, as BatchNormalization has.
        rho: ρ ≥ 0; 0 is the basic method, which diverges unless the steps are small. Defaults to ``1.0``.
        ascents: Steps of gradient ascent for each part in an iteration. Defaults to ``5``.
        rate: The first size of such a step. Defaults to ``1.0``.

    Attributes:
        rates: The size of a step for each part, which is doubled after one that climbs and quartered after another.

    Raises:
        ValueError: The model is not such a chain, or an argument is out of its range.
        RuntimeError: The backend is not TensorFlow.
    """

    def __init__(self, model: keras.Model, rho: float = 1.0, ascents: int = 5, rate: float = 1.0) -> None:
        if keras.backend.backend() != "tensorflow":
            raise RuntimeError("zoo.training.msa takes second derivatives on TensorFlow: set KERAS_BACKEND=tensorflow.")
        self.rho, self.rate = _check.finite(rho, "rho"), _check.finite(rate, "rate")
        self.ascents = _check.integer(ascents, "ascents")
        if self.rho < 0 or self.rate <= 0:
            raise ValueError(f"Expected: rho ≥ 0 and rate > 0. Received: rho={rho}, rate={rate}.")
        self.model, self.parts = model, parts(model)
        if not any(isinstance(part.layer, ForwardEuler) for part in self.parts):
            raise ValueError(f"MSA trains networks of ForwardEuler layers. Received: {model.name}, which has none.")
        self.rates = [self.rate] * len(self.parts)

    def trajectory(self, images: Any, labels: Any) -> tuple[list[Any], list[Any], float]:
        """States, costates and mean loss of a batch.

        Args:
            images: As the model takes them, ``(n, …)``.
            labels: Class numbers, ``(n,)``.

        Returns:
            The states before each part but the last, of each sample; the costates ``pₜ = −∂Φᵢ/∂xₜ`` there, Φᵢ being
            the loss of sample i; the mean loss.
        """
        states = [keras.ops.convert_to_tensor(images, dtype=self.model.input.dtype)]
        for part in self.parts[:-1]:
            states.append(part(states[-1]))
        losses, costate = self.parts[-1].final(states[-1], keras.ops.convert_to_tensor(labels))
        costates = [costate]
        for part, x in zip(self.parts[-2::-1], states[-2::-1], strict=True):
            costates.insert(0, part.pulled_back(x, costates[0]))
        return states, costates, float(keras.ops.mean(losses))

    def iterate(self, images: Any, labels: Any) -> Iteration:
        """One iteration on a batch: all parts get the weights that H̃ asks for at its states and costates."""
        states, costates, loss = self.trajectory(images, labels)
        before: list[float] = []
        after: list[float] = []
        for number, part in enumerate(self.parts[:-1]):
            given = (states[number], states[number + 1], costates[number], costates[number + 1])
            self._ascend(number, lambda part=part, given=given: part.augmented(*given, self.rho), before, after)
        labels = keras.ops.convert_to_tensor(labels)
        self._ascend(len(self.parts) - 1, lambda: self.parts[-1].less_loss(states[-1], labels), before, after)
        return Iteration(loss, before, after)

    def _ascend(self, number, climb, before, after):
        """Steps uphill for one part; ``climb()`` is its value and the gradient of its weights."""
        part = self.parts[number]
        value, gradient = climb()
        before.append(float(value))
        for _ in range(self.ascents if part.weights else 0):
            weights = [np.asarray(variable) for variable in part.weights]
            for _ in range(QUARTERINGS):
                _move(part.weights, weights, gradient, self.rates[number])
                higher, following = climb()
                if float(higher) > float(value):
                    value, gradient = higher, following
                    self.rates[number] *= 2
                    break
                self.rates[number] /= 4
            else:
                _move(part.weights, weights, gradient, 0.0)
                break
        after.append(float(value))


QUARTERINGS = 8
"""How often the size of a step is divided by four before the part is left as it is."""


def _move(variables, weights, gradient, rate):
    for variable, weight, slope in zip(variables, weights, gradient, strict=True):
        variable.assign(weight + rate * np.asarray(slope))
