"""The flows of ``flows.py``: one field of each published size of FFJORD, the same numbers in Keras and in PyTorch."""

import dataclasses

import numpy as np

from zoo import flows
from zoo.applications import ffjord

PUBLISHED = {2: "8gaussians", 6: "power", 21: "hepmass", 43: "miniboone"}
"""The data set whose field is taken for points of so many dimensions (``zoo.applications.FFJORD``)."""


@dataclasses.dataclass(frozen=True)
class Problem:
    """Points x, normal noise ε, and the weights of a field with random ones throughout: at its start it is zero."""

    dimensions: int
    hidden: tuple
    activation: str
    weights: list
    x: np.ndarray
    epsilon: np.ndarray

    @property
    def name(self):
        widths = ", ".join(map(str, self.hidden))
        return f"D = {self.dimensions}, hidden {widths}, {self.activation}, batch {len(self.x)}"


def problem(dimensions, batch, seed=0):
    published = ffjord.CONFIGURATIONS[PUBLISHED[dimensions]]
    random = np.random.default_rng(seed)
    widths = [dimensions, *published.hidden, dimensions]
    weights = []
    for inside, outside in zip(widths[:-1], widths[1:], strict=True):
        weights.append(1.5 / inside**0.5 * random.normal(size=(inside, outside)))
        weights += [0.3 * random.normal(size=outside) for _ in range(4)]
    x, epsilon = random.normal(size=(2, batch, dimensions))
    return Problem(dimensions, published.hidden, published.activation, weights, x, epsilon)


def keras_field(problem, dtype="float32"):
    field = flows.TimeMLP(problem.hidden, activation=problem.activation, zero_last=False, dtype=dtype)
    field.build((), (None, problem.dimensions))
    field.set_weights(problem.weights)
    return field


def torch_field(problem):
    """``ConcatSquashLinear`` of the authors' code, lib/layers/diffeq_layers/basic.py, with the activation between."""
    import torch

    def held(array):
        return torch.nn.Parameter(torch.tensor(array, dtype=torch.float32))

    class ConcatSquash(torch.nn.Module):
        def __init__(self, matrix, bias, time_row, gate_row, gate_bias):
            super().__init__()
            self.matrix, self.bias, self.time_row = held(matrix.T), held(bias), held(time_row)
            self.gate_row, self.gate_bias = held(gate_row), held(gate_bias)

        def forward(self, t, u):
            gate = torch.sigmoid(t * self.gate_row + self.gate_bias)
            return torch.nn.functional.linear(u, self.matrix, self.bias) * gate + t * self.time_row

    class Field(torch.nn.Module):
        def __init__(self):
            super().__init__()
            parts = [problem.weights[n : n + 5] for n in range(0, len(problem.weights), 5)]
            self.maps = torch.nn.ModuleList(ConcatSquash(*part) for part in parts)
            self.activation = {"tanh": torch.tanh, "softplus": torch.nn.functional.softplus}[problem.activation]

        def forward(self, t, u):
            """t is a scalar or ``(batch, 1)``."""
            for each in self.maps[:-1]:
                u = self.activation(each(t, u))
            return self.maps[-1](t, u)

        def gradients(self):
            """In the order and shapes of the weights."""
            order = ("matrix", "bias", "time_row", "gate_row", "gate_bias")
            named = [(name, getattr(each, name).grad) for each in self.maps for name in order]
            return [slope.T.numpy() if name == "matrix" else slope.numpy() for name, slope in named]

    return Field()
